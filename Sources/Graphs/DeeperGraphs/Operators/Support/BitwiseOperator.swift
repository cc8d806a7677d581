import DeeperKernels
import DeeperTensors

/// Z = f(A, B) bit by bit, elementwise with broadcasting, on every integer type.
protocol BitwiseOperator: BroadcastingOperator {
    init()
    static func apply<Element: FixedWidthInteger>(_ a: Element, _ b: Element) -> Element
}

extension BitwiseOperator {
    static var firstOpset: Int { 18 }
    var legacy: LegacyBroadcast { LegacyBroadcast() }

    init(_ attributes: inout AttributeReader) throws { self.init() }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        [TensorType(try integerType(inputs), try legacy.shape(inputs))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let nest = try legacy.nest(request)
        let kernel: ZipKernel =
            switch request.output.elementType {
            case .int8, .uint8: ZipKernel(nest: nest) { (a: UInt8, b: UInt8) in Self.apply(a, b) }
            case .int16, .uint16: ZipKernel(nest: nest) { (a: UInt16, b: UInt16) in Self.apply(a, b) }
            case .int32, .uint32: ZipKernel(nest: nest) { (a: UInt32, b: UInt32) in Self.apply(a, b) }
            default: ZipKernel(nest: nest) { (a: UInt64, b: UInt64) in Self.apply(a, b) }
            }
        return .kernel(kernel, inputs: [0, 1])
    }
}
