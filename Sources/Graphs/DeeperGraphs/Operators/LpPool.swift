import DeeperKernels
import DeeperTensors

/// ONNX LpPool: (sum of |x|^p)^(1/p) over the elements of each window; padding adds nothing.
struct LpPool: Operator {
    static let name = "LpPool"
    private let window: WindowAttributes
    private let order: LpOrder

    init(_ attributes: inout AttributeReader) throws {
        let isOld = attributes.opset < 18
        window = try WindowAttributes(&attributes, hasDilations: !isOld, hasCeilMode: !isOld)
        order = try LpOrder(&attributes)
        _ = try window.requiredKernel()
    }

    var summary: String { window.summary + ", p \(order.p)" }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.shape(0, .float32, .float64)
        guard x.rank >= 3 else { throw DeeperError(.invalidModel, "X has shape \(x), expected N, C and spatial axes") }
        let spatial = try window.outputExtents(input: Array(x.dimensions[2...]), kernel: window.requiredKernel())
        return [
            TensorType(try inputs.type(0).elementType, try DeeperTensors.Shape(validating: [x[0], x[1]] + spatial))
        ]
    }

    /// For each window, a power for each tap, one addition less than it has taps, and a root.
    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(pooling: saturatingProduct(2, windowTaps(window, inputs, outputs)))
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let geometry = try window.window(
            input: Array(input.shape.dimensions[2...]), kernel: try window.requiredKernel()
        ).geometry
        return .kernel(order.kernel(input.type, geometry), inputs: [0])
    }
}
