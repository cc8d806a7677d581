import DeeperKernels
import DeeperTensors

/// ONNX Mod: the remainder of A / B, elementwise with broadcasting, on every numeric type: A - floor(A / B) * B with
/// the sign of B or, with `fmod`, A - trunc(A / B) * B with the sign of A. Dividing an integer by zero ends the run
/// with an error.
struct Mod: BroadcastingOperator {
    static let name = "Mod"
    static let firstOpset = 10
    let legacy = LegacyBroadcast()
    private let truncates: Bool

    init(_ attributes: inout AttributeReader) throws { truncates = try attributes.flag("fmod") }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        [TensorType(try numericType(inputs), try legacy.shape(inputs))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let nest = try legacy.nest(request)
        let kernel: any Kernel =
            switch request.output.elementType {
            case .float32: kernel(Float.self, nest)
            case .float64: kernel(Double.self, nest)
            case .int8: kernel(Int8.self, nest)
            case .uint8, .bool: kernel(UInt8.self, nest)
            case .int16: kernel(Int16.self, nest)
            case .uint16: kernel(UInt16.self, nest)
            case .int32: kernel(Int32.self, nest)
            case .uint32: kernel(UInt32.self, nest)
            case .int64: kernel(Int64.self, nest)
            case .uint64: kernel(UInt64.self, nest)
            case .float16, .bfloat16: throw halfIsNotComputed
            }
        return .kernel(kernel, inputs: [0, 1])
    }

    private func kernel<Element: Arithmetic>(_ type: Element.Type, _ nest: LoopNest) -> any Kernel {
        truncates
            ? ZipKernel(nest: nest, forbidden: Element.forbiddenDivisor) { (a: Element, b: Element) in
                Element.remainder(a, b)
            }
            : ZipKernel(nest: nest, forbidden: Element.forbiddenDivisor) { (a: Element, b: Element) in
                Element.modulus(a, b)
            }
    }
}
