public import DeeperTensors

extension MapKernel {
    /// Y[i] = X[i] in another element type: towards zero, saturating; integers among themselves wrap.
    public static func cast(count: Int, from: ElementType, to: ElementType) -> MapKernel {
        // Every picture of a float16 model comes this way: not by float64.
        if from == .float16, to == .float32 { return MapKernel(count: count) { (value: Float16) in value.float } }
        return switch from {
        case .float32: cast(count, Float.self, to)
        case .float64: cast(count, Double.self, to)
        case .float16: cast(count, Float16.self, to)
        case .bfloat16: cast(count, BFloat16.self, to)
        case .int8: cast(count, Int8.self, to)
        case .uint8: cast(count, UInt8.self, to)
        case .int32: cast(count, Int32.self, to)
        case .int64: cast(count, Int64.self, to)
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
        case .int32: convert(count, from, Int32.self)
        case .int64: convert(count, from, Int64.self)
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
