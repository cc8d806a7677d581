import DeeperKernels
import DeeperTensors

/// The common part of all Reduce operators: the axes are an attribute in old opsets and an input in new ones.
protocol ReduceOperator: Operator {
    static var reduction: Reduction { get }
    /// The first opset in which the axes are an input.
    static var axesInputOpset: Int { get }
    var form: ReduceForm { get }
    init(form: ReduceForm)
}

struct ReduceForm: Sendable {
    let axes: [Int]?
    let keepsDimensions: Bool
    let isNoopWithoutAxes: Bool
}

extension ReduceOperator {
    static var inputCount: ClosedRange<Int> { 1...2 }
    var valueInputs: [Int] { [1] }
    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    init(_ attributes: inout AttributeReader) throws {
        let hasInput = attributes.opset >= Self.axesInputOpset
        self.init(
            form: ReduceForm(
                axes: hasInput ? nil : try attributes.ints("axes"),
                keepsDimensions: try attributes.flag("keepdims", default: true),
                isNoopWithoutAxes: hasInput ? try attributes.flag("noop_with_empty_axes") : false))
    }

    private func axes(_ given: [Int]?, rank: Int) throws -> [Int] {
        let listed = given ?? form.axes ?? []
        if listed.isEmpty { return form.isNoopWithoutAxes ? [] : Array(0..<rank) }
        return try resolveAxes(listed, rank: rank)
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        guard type.elementType != .bool || Self.reduction.isExtremum else {
            throw DeeperError(.unsupported, "\(Self.name) of bool")
        }
        let axes = Set(try axes(inputs.has(1) ? try inputs.integers(1) : nil, rank: type.shape.rank))
        let dimensions = type.shape.dimensions.enumerated().compactMap { axis, extent in
            axes.contains(axis) ? (form.keepsDimensions ? 1 : nil) : extent
        }
        return [TensorType(type.elementType, DeeperTensors.Shape(dimensions))]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        let elements = inputs[0]?.shape.elementCount ?? 0
        let results = outputs[0].shape.elementCount
        return OperationCount(elementwise: Self.reduction.operationCount(elements: elements, results: results))
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        var choice = LayoutChoice.following(inputs, outputs: outputs, slices: true)
        if !form.keepsDimensions { choice.outputs = [.rowMajor] }
        return choice
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let rank = input.shape.rank
        let strides = input.strides
        // In memory order, so that the innermost loop is as long as possible.
        let gone = try axes(request.hasInput(1) ? try request.knownValue(1).integers() : nil, rank: rank)
            .sorted { (strides[$0], $1) > (strides[$1], $0) }
        let kept = (0..<rank).filter { !gone.contains($0) }
        let output = request.output.strides
        let keptOutput = form.keepsDimensions ? kept.map { output[$0] } : output
        let outer = try LoopNest.make(
            extents: kept.map { input.shape[$0] }, strides: [kept.map { strides[$0] }, keptOutput])
        let inner = try LoopNest.make(extents: gone.map { input.shape[$0] }, strides: [gone.map { strides[$0] }])
        if input.elementType == .float32,
            let kernel = FloatReduceKernel(Self.reduction, kept: outer, reduced: inner, options: request.options)
        {
            return .kernel(kernel, inputs: [0])
        }
        // Bool is reduced as uint8, whose largest value is not a bool.
        if input.elementType == .bool, Self.reduction == .minimum, inner.elementCount == 0 {
            return .constants([try Tensor(repeating: Tensor(scalar: true), shape: request.output.shape)])
        }
        let kernel: any Kernel =
            switch input.elementType {
            case .float32: ReduceKernel<Float>(Self.reduction, kept: outer, reduced: inner)
            case .float64: ReduceKernel<Double>(Self.reduction, kept: outer, reduced: inner)
            case .int8: ReduceKernel<Int8>(Self.reduction, kept: outer, reduced: inner)
            case .uint8, .bool: ReduceKernel<UInt8>(Self.reduction, kept: outer, reduced: inner)
            case .int16: ReduceKernel<Int16>(Self.reduction, kept: outer, reduced: inner)
            case .uint16: ReduceKernel<UInt16>(Self.reduction, kept: outer, reduced: inner)
            case .int32: ReduceKernel<Int32>(Self.reduction, kept: outer, reduced: inner)
            case .uint32: ReduceKernel<UInt32>(Self.reduction, kept: outer, reduced: inner)
            case .int64: ReduceKernel<Int64>(Self.reduction, kept: outer, reduced: inner)
            case .uint64: ReduceKernel<UInt64>(Self.reduction, kept: outer, reduced: inner)
            case .float16, .bfloat16: throw halfIsNotComputed
            }
        return .kernel(kernel, inputs: [0])
    }
}
