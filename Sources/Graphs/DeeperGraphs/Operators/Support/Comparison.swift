import DeeperKernels
import DeeperTensors

/// Whether a relation holds between A and B, elementwise with broadcasting; it never holds for NaN.
protocol Comparison: BroadcastingOperator {
    init(legacy: LegacyBroadcast)
    static func holds<Element: Comparable>(_ a: Element, _ b: Element) -> Bool
}

extension Comparison {
    init(_ attributes: inout AttributeReader) throws { self.init(legacy: try LegacyBroadcast(&attributes)) }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        _ = try numericType(inputs)
        return [TensorType(.bool, try legacy.shape(inputs))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let nest = try legacy.nest(request)
        let kernel: ZipKernel =
            switch try request.input(0).elementType {
            case .float32: ZipKernel(nest: nest) { (a: Float, b: Float) in Self.holds(a, b) }
            case .float64: ZipKernel(nest: nest) { (a: Double, b: Double) in Self.holds(a, b) }
            case .int8: ZipKernel(nest: nest) { (a: Int8, b: Int8) in Self.holds(a, b) }
            case .uint8, .bool: ZipKernel(nest: nest) { (a: UInt8, b: UInt8) in Self.holds(a, b) }
            case .int16: ZipKernel(nest: nest) { (a: Int16, b: Int16) in Self.holds(a, b) }
            case .uint16: ZipKernel(nest: nest) { (a: UInt16, b: UInt16) in Self.holds(a, b) }
            case .int32: ZipKernel(nest: nest) { (a: Int32, b: Int32) in Self.holds(a, b) }
            case .uint32: ZipKernel(nest: nest) { (a: UInt32, b: UInt32) in Self.holds(a, b) }
            case .int64: ZipKernel(nest: nest) { (a: Int64, b: Int64) in Self.holds(a, b) }
            case .uint64: ZipKernel(nest: nest) { (a: UInt64, b: UInt64) in Self.holds(a, b) }
            case .float16, .bfloat16: throw halfIsNotComputed
            }
        return .kernel(kernel, inputs: [0, 1])
    }
}
