import Kernels
import Tensors

/// What Softmax and LogSoftmax share: until opset 12 all axes from `axis` on are normalised together.
struct SoftmaxForm: Sendable {
    private let axis: Int
    private let flattens: Bool

    init(_ attributes: inout AttributeReader) throws {
        flattens = attributes.opset < 13
        axis = try attributes.int("axis", default: flattens ? 1 : -1)
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let shape = try inputs.shape(0, .float32)
        if shape.rank > 0 { _ = try resolveAxis(axis, rank: shape.rank) }
        return [TensorType(.float32, shape)]
    }

    func lower(_ request: LoweringRequest, isLogarithm: Bool) throws -> Lowering {
        let shape = try request.input(0).shape
        let at = shape.rank == 0 ? 0 : try resolveAxis(axis, rank: shape.rank)
        let span =
            shape.rank == 0
            ? AxisSpan([1], axis: 0) : flattens ? AxisSpan(shape, fromAxis: at) : AxisSpan(shape, axis: at)
        return .kernel(
            SoftmaxKernel(outer: span.outer, length: span.length, inner: span.inner, isLogarithm: isLogarithm),
            inputs: [0])
    }
}
