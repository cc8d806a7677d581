import DeeperKernels
import DeeperTensors

/// The common part of CumSum and CumProd: Y has X's shape, and the axis is an input.
protocol CumulativeOperator: Operator {
    static var operation: ScanKernel.Operation { get }
    var form: CumulativeForm { get }
    init(form: CumulativeForm)
}

struct CumulativeForm: Sendable {
    /// Whether the result at a position excludes the element there.
    let isExclusive: Bool
    /// Whether it runs from the end of the axis to the start.
    let isReversed: Bool
}

extension CumulativeOperator {
    static var inputCount: ClosedRange<Int> { 2...2 }
    var valueInputs: [Int] { [1] }

    init(_ attributes: inout AttributeReader) throws {
        self.init(
            form: CumulativeForm(
                isExclusive: try attributes.flag("exclusive"), isReversed: try attributes.flag("reverse")))
    }

    private func axis(_ value: Tensor, rank: Int) throws -> Int {
        guard let axis = try value.integers().first, value.shape.elementCount == 1 else {
            throw DeeperError(.invalidModel, "the axis has shape \(value.shape), expected a scalar")
        }
        return try resolveAxis(axis, rank: rank)
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let shape = try inputs.shape(0, .float32, .float64, .int32, .uint32, .int64, .uint64)
        _ = try inputs.shape(1, .int32, .int64)
        if let value = inputs.value(1) { _ = try axis(value, rank: shape.rank) }
        return [try inputs.type(0)]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(elementwise: outputs[0].shape.elementCount)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let x = try request.input(0)
        let span = AxisSpan(x.shape, axis: try axis(request.knownValue(1), rank: x.shape.rank))
        let kernel = ScanKernel(
            Self.operation, elementType: x.elementType, outer: span.outer, length: span.length, inner: span.inner,
            isExclusive: form.isExclusive, isReversed: form.isReversed)
        return .kernel(kernel, inputs: [0])
    }
}
