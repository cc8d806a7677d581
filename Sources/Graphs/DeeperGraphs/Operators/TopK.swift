import DeeperKernels
import DeeperTensors

/// ONNX TopK: the k largest or smallest elements along an axis and their positions.
struct TopK: Operator {
    static let name = "TopK"
    static let inputCount = 1...2
    static let outputCount = 1...2
    private let axis: Int
    private let k: Int?
    private let isLargest: Bool

    init(_ attributes: inout AttributeReader) throws {
        axis = try attributes.int("axis", default: -1)
        k = attributes.opset < 10 ? try attributes.int("k") : nil
        isLargest = try attributes.flag("largest", default: true)
        // Unsorted results may have any order; here they are always sorted.
        attributes.ignore("sorted")
    }

    var valueInputs: [Int] { [1] }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let shape = try inputs.shape(0, among: ElementType.numbers)
        let at = try resolveAxis(axis, rank: shape.rank)
        guard let count = try k ?? inputs.integers(1).first, (0...shape[at]).contains(count) else {
            throw DeeperError(.invalidModel, "k is outside 0 to \(shape[at]), axis \(axis) of \(shape)")
        }
        var dimensions = shape.dimensions
        dimensions[at] = count
        let result = DeeperTensors.Shape(dimensions)
        return [TensorType(try inputs.type(0).elementType, result), TensorType(.int64, result)]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let at = try resolveAxis(axis, rank: input.shape.rank)
        let span = AxisSpan(input.shape, axis: at)
        let count = request.output.shape[at]
        let kernel: any Kernel =
            switch input.elementType {
            case .float32: kernel(Float.self, span, count, request)
            case .float64: kernel(Double.self, span, count, request)
            case .int8: kernel(Int8.self, span, count, request)
            case .uint8, .bool: kernel(UInt8.self, span, count, request)
            case .int16: kernel(Int16.self, span, count, request)
            case .uint16: kernel(UInt16.self, span, count, request)
            case .int32: kernel(Int32.self, span, count, request)
            case .uint32: kernel(UInt32.self, span, count, request)
            case .int64: kernel(Int64.self, span, count, request)
            case .uint64: kernel(UInt64.self, span, count, request)
            case .float16, .bfloat16: throw halfIsNotComputed
            }
        return .kernel(kernel, inputs: [0])
    }

    private func kernel<Element: NumericElement & Comparable>(
        _ type: Element.Type, _ span: AxisSpan, _ count: Int, _ request: LoweringRequest
    ) -> any Kernel {
        TopKKernel<Element>(
            outer: span.outer, length: span.length, inner: span.inner, k: count, isLargest: isLargest,
            givesIndices: request.outputs.count > 1)
    }
}
