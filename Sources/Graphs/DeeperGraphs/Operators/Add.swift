import DeeperKernels
import DeeperTensors

/// ONNX Add: A + B, elementwise with broadcasting.
struct Add: BinaryArithmetic, ClampingOperator {
    static let name = "Add"
    let legacy: LegacyBroadcast
    var clamp = ClampRange.unbounded
    static let isAlwaysFloat32 = false

    init(legacy: LegacyBroadcast) { self.legacy = legacy }

    static func apply<Element: Arithmetic>(_ a: Element, _ b: Element) -> Element { Element.sum(a, b) }

    var summary: String { clamp.summary }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        let count = outputs[0].shape.elementCount
        return OperationCount(
            activation: saturatingProduct(count, clamp.operationsPerElement), elementwise: count)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let nest = try legacy.nest(request)
        guard clamp != .unbounded else {
            return .kernel(try Self.kernel(request.output.elementType, nest), inputs: [0, 1])
        }
        return .kernel(ZipKernel(nest: nest) { [clamp] (a: Float, b: Float) in clamp.applied(to: a + b) }, inputs: [0, 1])
    }
}
