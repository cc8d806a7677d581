import DeeperKernels
import DeeperTensors

/// ONNX LpNormalization: X divided by its norm along an axis, the sum of absolute values (p = 1) or the square root of
/// the sum of squares (p = 2); 0 where the norm is 0.
struct LpNormalization: Operator {
    static let name = "LpNormalization"
    private let axis: Int
    private let isEuclidean: Bool

    init(_ attributes: inout AttributeReader) throws {
        axis = try attributes.int("axis", default: -1)
        let order = try attributes.int("p", default: 2)
        guard (1...2).contains(order) else {
            throw DeeperError(.invalidModel, "attribute p is \(order), expected 1 or 2")
        }
        isEuclidean = order == 2
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let shape = try inputs.shape(0, .float32, .float64)
        _ = try resolveAxis(axis, rank: shape.rank)
        return [try inputs.type(0)]
    }

    /// For each element a square or an absolute value, an addition and a quotient; the root counts in place of the
    /// addition that the first square does not need.
    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(normalization: saturatingProduct(3, outputs[0].shape.elementCount))
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let span = AxisSpan(input.shape, axis: try resolveAxis(axis, rank: input.shape.rank))
        let kernel: any Kernel =
            input.elementType == .float64 ? kernel(Double.self, span) : kernel(Float.self, span)
        return .kernel(kernel, inputs: [0])
    }

    private func kernel<Element: NumericElement>(_ type: Element.Type, _ span: AxisSpan) -> any Kernel {
        LpNormKernel<Element>(outer: span.outer, length: span.length, inner: span.inner, isEuclidean: isEuclidean)
    }
}
