import DeeperKernels
import DeeperTensors

/// ONNX Hardmax: 1 at the first of the largest elements along an axis, 0 elsewhere.
struct Hardmax: Operator {
    static let name = "Hardmax"
    private let form: SoftmaxForm

    init(_ attributes: inout AttributeReader) throws { form = try SoftmaxForm(&attributes) }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        _ = try form.span(of: inputs.shape(0, .float32, .float64))
        return [try inputs.type(0)]
    }

    /// The comparisons that find the largest element.
    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        guard let span = try? form.span(of: outputs[0].shape) else { return OperationCount() }
        return OperationCount(elementwise: saturatingProduct(span.outer, span.inner, max(0, span.length - 1)))
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let span = try form.span(of: input.shape)
        let kernel: any Kernel =
            input.elementType == .float64
            ? HardmaxKernel<Double>(outer: span.outer, length: span.length, inner: span.inner)
            : HardmaxKernel<Float>(outer: span.outer, length: span.length, inner: span.inner)
        return .kernel(kernel, inputs: [0])
    }
}
