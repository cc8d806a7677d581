public import DeeperTensors

extension MapKernel {
    /// Y[i] = X[i] in another element type, rounded towards zero and saturating; conversions between integers wrap.
    public static func cast(count: Int, from: ElementType, to: ElementType) -> MapKernel {
        // Frequent, for the pictures of float16 models, so not through float64.
        if from == .float16, to == .float32 { return MapKernel(count: count) { (value: Float16) in value.float } }
        // Rounded only once, so not through float64.
        if from == .uint64, to == .float32 { return MapKernel(count: count) { (value: UInt64) in Float(value) } }
        return switch from {
        case .float32: cast(count, Float.self, to)
        case .float64: cast(count, Double.self, to)
        case .float16: cast(count, Float16.self, to)
        case .bfloat16: cast(count, BFloat16.self, to)
        case .int8: cast(count, Int8.self, to)
        case .uint8: cast(count, UInt8.self, to)
        case .int16: cast(count, Int16.self, to)
        case .uint16: cast(count, UInt16.self, to)
        case .int32: cast(count, Int32.self, to)
        case .uint32: cast(count, UInt32.self, to)
        case .int64: cast(count, Int64.self, to)
        case .uint64: cast(count, UInt64.self, to)
        case .bool: cast(count, Bool.self, to)
        }
    }

    private static func cast<From: NumericElement>(_ count: Int, _ from: From.Type, _ to: ElementType) -> MapKernel {
        switch to {
        case .float32: convert(count, from, Float.self)
        case .float64: convert(count, from, Double.self)
        case .float16: convert(count, from, Float16.self)
        case .bfloat16: convert(count, from, BFloat16.self)
        case .int8: convert(count, from, Int8.self)
        case .uint8: convert(count, from, UInt8.self)
        case .int16: convert(count, from, Int16.self)
        case .uint16: convert(count, from, UInt16.self)
        case .int32: convert(count, from, Int32.self)
        case .uint32: convert(count, from, UInt32.self)
        case .int64: convert(count, from, Int64.self)
        case .uint64: convert(count, from, UInt64.self)
        case .bool: convert(count, from, Bool.self)
        }
    }

    private static func convert<From: NumericElement, To: NumericElement>(
        _ count: Int, _ from: From.Type, _ to: To.Type
    ) -> MapKernel {
        if From.elementType.isFloatingPoint || To.elementType.isFloatingPoint && From.elementType != .int64 {
            return MapKernel(count: count) { (value: From) in To(saturating: value.double) }
        }
        return MapKernel(count: count) { (value: From) in To(wrapping: value.integer) }
    }
}
