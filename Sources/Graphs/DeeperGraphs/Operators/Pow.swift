import DeeperKernels
public import DeeperTensors

internal import Glibc

/// ONNX Pow: A to the power of B, elementwise with broadcasting; the result has A's type. Integers to the power of whole
/// numbers from 0 on are exact and wrap on overflow, as in NumPy; integers to other powers are computed in float64.
public struct Pow: BroadcastingOperator {
    public static let name = "Pow"
    public let legacy: LegacyBroadcast

    public init(_ attributes: inout AttributeReader) throws { legacy = try LegacyBroadcast(&attributes) }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        _ = try inputs.shape(0, .float32, .float64, .int32, .int64)
        _ = try inputs.shape(1, among: ElementType.numbers)
        return [TensorType(try inputs.type(0).elementType, try legacy.shape(inputs))]
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let (base, exponent) = (try request.input(0).elementType, try request.input(1).elementType)
        if base == .float32, let activation = try activation(request) { return try request.activation(activation) }
        return .kernel(try Pow.kernel(base, exponent, try legacy.nest(request)), inputs: [0, 1])
    }

    /// The activation that computes the power of A for a known exponent, if there is one.
    private func activation(_ request: LoweringRequest) throws -> Activation? {
        guard let exponent = request.value(1), exponent.shape.elementCount == 1,
            try request.input(0).shape == request.output.shape
        else { return nil }
        switch try exponent.doubles()[0] {
        case 2: return .square
        case 0.5: return .sqrt
        case -1: return .reciprocal
        case 1: return .identity
        default: return nil
        }
    }

    private static func kernel(_ base: ElementType, _ exponent: ElementType, _ nest: LoopNest) throws -> ZipKernel {
        switch base {
        case .float32: try kernel(Float.self, exponent, nest)
        case .float64: try kernel(Double.self, exponent, nest)
        case .int32: try integerKernel(Int32.self, exponent, nest)
        default: try integerKernel(Int64.self, exponent, nest)
        }
    }

    private static func integerKernel<Base: NumericElement & FixedWidthInteger>(
        _ base: Base.Type, _ exponent: ElementType, _ nest: LoopNest
    ) throws -> ZipKernel {
        switch exponent {
        case .float32: integerPower(base, Float.self, nest)
        case .float64: integerPower(base, Double.self, nest)
        case .int8: integerPower(base, Int8.self, nest)
        case .uint8: integerPower(base, UInt8.self, nest)
        case .int16: integerPower(base, Int16.self, nest)
        case .uint16: integerPower(base, UInt16.self, nest)
        case .int32: integerPower(base, Int32.self, nest)
        case .uint32: integerPower(base, UInt32.self, nest)
        case .int64: integerPower(base, Int64.self, nest)
        case .uint64: integerPower(base, UInt64.self, nest)
        case .bool: throw DeeperError(.unsupported, "a bool exponent")
        case .float16, .bfloat16: throw halfIsNotComputed
        }
    }

    private static func integerPower<Base: NumericElement & FixedWidthInteger, Exponent: NumericElement>(
        _ base: Base.Type, _ exponent: Exponent.Type, _ nest: LoopNest
    ) -> ZipKernel {
        ZipKernel(nest: nest) { (a: Base, b: Exponent) in
            var left = b.integer
            guard left >= 0, left < .max, Double(left) == b.double else {
                return Base(saturating: pow(a.double, b.double))
            }
            var result: Base = 1
            var square = a
            while left > 0 {
                if left & 1 == 1 { result &*= square }
                square &*= square
                left >>= 1
            }
            return result
        }
    }

    private static func kernel<Base: NumericElement>(
        _ base: Base.Type, _ exponent: ElementType, _ nest: LoopNest
    ) throws -> ZipKernel {
        switch exponent {
        case .float32: power(base, Float.self, nest)
        case .float64: power(base, Double.self, nest)
        case .int8: power(base, Int8.self, nest)
        case .uint8: power(base, UInt8.self, nest)
        case .int16: power(base, Int16.self, nest)
        case .uint16: power(base, UInt16.self, nest)
        case .int32: power(base, Int32.self, nest)
        case .uint32: power(base, UInt32.self, nest)
        case .int64: power(base, Int64.self, nest)
        case .uint64: power(base, UInt64.self, nest)
        case .bool: throw DeeperError(.unsupported, "a bool exponent")
        case .float16, .bfloat16: throw halfIsNotComputed
        }
    }

    private static func power<Base: NumericElement, Exponent: NumericElement>(
        _ base: Base.Type, _ exponent: Exponent.Type, _ nest: LoopNest
    ) -> ZipKernel {
        ZipKernel(nest: nest) { (a: Base, b: Exponent) in Base(saturating: pow(a.double, b.double)) }
    }
}
