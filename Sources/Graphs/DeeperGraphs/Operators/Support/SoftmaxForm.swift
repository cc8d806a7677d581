import DeeperKernels
import DeeperTensors

/// The common part of Softmax, LogSoftmax and Hardmax: up to opset 12, all axes from `axis` on are normalised together.
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

    /// Not if axis 0 is normalised.
    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool {
        guard let rank = try? inputs.shape(0).rank, let at = try? resolveAxis(axis, rank: rank) else { return false }
        return at > 0
    }

    /// For n elements that are normalised together: n - 1 comparisons for the maximum, n differences, n exponentials, n
    /// - 1 additions, and n divisions (or differences from one logarithm).
    func operationCount(_ shape: DeeperTensors.Shape, isLogarithm: Bool = false) -> Int {
        guard let span = try? span(of: shape) else { return 0 }
        let one = saturatingSum([saturatingProduct(5, span.length), isLogarithm ? -1 : -2])
        return saturatingProduct(span.outer, span.inner, max(0, one))
    }

    /// The elements that are normalised together.
    ///
    /// - Throws: `invalidModel` for an axis that the shape does not have.
    func span(of shape: DeeperTensors.Shape) throws -> AxisSpan {
        let at = shape.rank == 0 ? 0 : try resolveAxis(axis, rank: shape.rank)
        return shape.rank == 0
            ? AxisSpan([1], axis: 0) : flattens ? AxisSpan(shape, fromAxis: at) : AxisSpan(shape, axis: at)
    }

    func lower(_ request: LoweringRequest, isLogarithm: Bool) throws -> Lowering {
        let span = try span(of: request.input(0).shape)
        return .kernel(
            SoftmaxKernel(
                outer: span.outer, length: span.length, inner: span.inner, isLogarithm: isLogarithm,
                options: request.options),
            inputs: [0])
    }
}
