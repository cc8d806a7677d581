public import DeeperKernels
public import DeeperTensors

/// ONNX Add: A + B, elementwise with broadcasting.
public struct Add: BinaryArithmetic, ClampingOperator {
    public static let name = "Add"
    public let legacy: LegacyBroadcast
    public var clamp = ClampRange.unbounded
    public static let isAlwaysFloat32 = false

    public init(legacy: LegacyBroadcast = LegacyBroadcast()) { self.legacy = legacy }

    public static func apply<Element: Arithmetic>(_ a: Element, _ b: Element) -> Element { Element.sum(a, b) }

    public var summary: String { clamp.summary }

    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        let count = outputs[0].shape.elementCount
        return OperationCount(
            activation: saturatingProduct(count, clamp.operationsPerElement), elementwise: count)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let nest = try legacy.nest(request)
        guard clamp != .unbounded else {
            return .kernel(try Self.kernel(request.output.elementType, nest), inputs: [0, 1])
        }
        return .kernel(
            ZipKernel(nest: nest) { [clamp] (a: Float, b: Float) in clamp.applied(to: a + b) }, inputs: [0, 1])
    }
}
