import DeeperKernels
import DeeperTensors

/// ONNX Equal: whether two elements are the same, elementwise with broadcasting.
struct Equal: BroadcastingOperator {
    static let name = "Equal"
    let legacy: LegacyBroadcast

    init(_ attributes: inout AttributeReader) throws { legacy = try LegacyBroadcast(&attributes) }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let (a, b) = (try inputs.type(0), try inputs.type(1))
        guard a.elementType == b.elementType else {
            throw DeeperError(.invalidModel, "operands are \(a) and \(b), expected one type")
        }
        return [TensorType(.bool, try legacy.shape(inputs))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let nest = try legacy.nest(request)
        let kernel: ZipKernel =
            switch try request.input(0).elementType {
            case .float32: ZipKernel(nest: nest) { (a: Float, b: Float) in a == b }
            case .float64: ZipKernel(nest: nest) { (a: Double, b: Double) in a == b }
            case .int8, .uint8: ZipKernel(nest: nest) { (a: UInt8, b: UInt8) in a == b }
            case .bool: ZipKernel(nest: nest) { (a: UInt8, b: UInt8) in (a != 0) == (b != 0) }
            case .int16, .uint16: ZipKernel(nest: nest) { (a: UInt16, b: UInt16) in a == b }
            case .int32, .uint32: ZipKernel(nest: nest) { (a: UInt32, b: UInt32) in a == b }
            case .int64, .uint64: ZipKernel(nest: nest) { (a: UInt64, b: UInt64) in a == b }
            case .float16, .bfloat16: throw halfIsNotComputed
            }
        return .kernel(kernel, inputs: [0, 1])
    }
}
