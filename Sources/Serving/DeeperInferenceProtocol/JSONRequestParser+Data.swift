internal import DeeperJSON
internal import DeeperTensors

extension JSONRequestParser {
    /// Reads elements, flat or nested, into a tensor.
    static func tensor(
        _ type: ElementType, _ shape: Shape, _ name: String?, _ reader: inout JSONReader
    ) throws -> Tensor {
        switch type {
        case .float32: try read(shape, name, &reader) { try single($0.number()) }
        case .float64: try read(shape, name, &reader) { try $0.number() }
        case .float16: try read(shape, name, &reader) { try half($0.number()) }
        case .bfloat16: try read(shape, name, &reader) { try BFloat16(single($0.number())) }
        case .int8: try read(shape, name, &reader) { try whole($0.integer()) as Int8 }
        case .uint8: try read(shape, name, &reader) { try whole($0.integer()) as UInt8 }
        case .int16: try read(shape, name, &reader) { try whole($0.integer()) as Int16 }
        case .uint16: try read(shape, name, &reader) { try whole($0.integer()) as UInt16 }
        case .int32: try read(shape, name, &reader) { try whole($0.integer()) as Int32 }
        case .uint32: try read(shape, name, &reader) { try whole($0.integer()) as UInt32 }
        case .int64: try read(shape, name, &reader) { try $0.integer() }
        case .uint64: try read(shape, name, &reader) { try $0.wholeNumber() }
        case .bool:
            try read(shape, name, &reader) { reader in
                if let byte = reader.peek(), byte == UInt8(ascii: "0") || byte == UInt8(ascii: "1") {
                    return try reader.integer() != 0
                }
                return try reader.boolean()
            }
        }
    }

    private static func single(_ value: Double) throws -> Float {
        let number = Float(value)
        guard number.isFinite else {
            throw ServingError(.badRequest, "\(value) is beyond the range of its datatype")
        }
        return number
    }

    private static func half(_ value: Double) throws -> Float16 {
        let number = Float16(nearest: value)
        guard number.isFinite else {
            throw ServingError(.badRequest, "\(value) is beyond the range of its datatype")
        }
        return number
    }

    private static func whole<Number: FixedWidthInteger>(_ value: Int64) throws -> Number {
        guard let number = Number(exactly: value) else {
            throw ServingError(.badRequest, "\(value) is beyond the range of its datatype")
        }
        return number
    }

    private static func read<Element: TensorElement>(
        _ shape: Shape, _ name: String?, _ reader: inout JSONReader, _ element: (inout JSONReader) throws -> Element
    ) throws -> Tensor {
        var elements: [Element] = []
        // Every element takes two bytes of the text, so a shape with more elements is wrong and must not reserve
        // memory.
        elements.reserveCapacity(min(shape.elementCount, reader.remainingByteCount / 2))
        try reader.flattened { reader in
            guard elements.count < shape.elementCount else { throw mismatch(name, shape, "more") }
            elements.append(try element(&reader))
        }
        guard elements.count == shape.elementCount else { throw mismatch(name, shape, "\(elements.count)") }
        return try Tensor(elements, shape: shape)
    }

    private static func mismatch(_ name: String?, _ shape: Shape, _ count: String) -> ServingError {
        ServingError(
            .badRequest,
            "input \"\(name ?? "")\" has shape \(shape), \(shape.elementCount) elements, its data has \(count)")
    }
}
