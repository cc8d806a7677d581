extension Tensor {
    /// The tensor converted to another element type. Integers are rounded towards zero and saturate. The conversion
    /// goes through float64, so it is exact up to 2^53.
    public func converted(to type: ElementType) throws -> Tensor {
        if type == elementType { return self }
        let values = try doubles()
        func whole<Whole: FixedWidthInteger & TensorElement>(_: Whole.Type) throws -> Tensor {
            try Tensor(
                values.map { (value: Double) -> Whole in
                    if value.isNaN { return 0 }
                    return Whole(exactly: value.rounded(.towardZero)) ?? (value < 0 ? Whole.min : Whole.max)
                }, shape: shape)
        }
        switch type {
        case .float32: return try Tensor(values.map { Float($0) }, shape: shape)
        case .float64: return try Tensor(values, shape: shape)
        case .float16: return try Tensor(values.map { Float16(nearest: $0) }, shape: shape)
        case .bfloat16: return try Tensor(values.map { BFloat16(Float($0)) }, shape: shape)
        case .int8: return try whole(Int8.self)
        case .uint8: return try whole(UInt8.self)
        case .int16: return try whole(Int16.self)
        case .uint16: return try whole(UInt16.self)
        case .int32: return try whole(Int32.self)
        case .uint32: return try whole(UInt32.self)
        case .int64: return try whole(Int64.self)
        case .uint64: return try whole(UInt64.self)
        case .bool: return try Tensor(values.map { $0 != 0 }, shape: shape)
        }
    }
}
