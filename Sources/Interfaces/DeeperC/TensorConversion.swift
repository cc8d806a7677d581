internal import CDeeper
internal import DeeperTensors

extension deeper_element_type {
    init(_ type: ElementType) {
        self =
            switch type {
            case .float32: DEEPER_FLOAT32
            case .float64: DEEPER_FLOAT64
            case .float16: DEEPER_FLOAT16
            case .bfloat16: DEEPER_BFLOAT16
            case .int8: DEEPER_INT8
            case .uint8: DEEPER_UINT8
            case .int16: DEEPER_INT16
            case .uint16: DEEPER_UINT16
            case .int32: DEEPER_INT32
            case .uint32: DEEPER_UINT32
            case .int64: DEEPER_INT64
            case .uint64: DEEPER_UINT64
            case .bool: DEEPER_BOOL
            }
    }
}

extension ElementType {
    /// - Throws: `invalidInput` for a number that is none of the header's.
    init(_ number: Int32) throws {
        guard let type = ElementType.allCases.first(where: { deeper_element_type($0).rawValue == number }) else {
            throw DeeperError(.invalidInput, "element_type \(number) is none of deeper_element_type")
        }
        self = type
    }
}

extension Tensor {
    /// The caller's tensor: read where it lies if that is allowed and aligned, else a copy.
    ///
    /// - Parameter owner: lives as long as the memory may be read; nil: it may not be read after this call.
    /// - Throws: `invalidInput` for dimensions, type or bytes that do not fit together.
    init(_ tensor: deeper_tensor, owner: (any AnyObject & Sendable)?) throws {
        let (type, shape) = try tensor.checkedType()
        let bytes = UnsafeRawBufferPointer(start: tensor.data, count: tensor.byte_count)
        guard type != .bool || bytes.allSatisfy({ $0 < 2 }) else {
            throw DeeperError(.invalidInput, "a bool is neither 0 nor 1")
        }
        if let owner, !bytes.isEmpty, Int(bitPattern: bytes.baseAddress) % AlignedStorage.alignmentBytes == 0 {
            self.init(type, shape: shape, reading: bytes, of: owner)
        } else {
            try self.init(type, shape: shape) { $0.copyMemory(from: bytes) }
        }
    }
}

extension deeper_tensor {
    /// More than any operator takes.
    private static let largestRank: Int32 = 64

    /// The type and shape, once they are known to fit each other and the bytes.
    ///
    /// - Throws: `invalidInput` for dimensions, type or bytes that do not fit together.
    func checkedType() throws -> (ElementType, Shape) {
        let type = try ElementType(element_type)
        guard rank >= 0, rank <= deeper_tensor.largestRank, rank == 0 || dimensions != nil else {
            throw DeeperError(
                .invalidInput, "rank is \(rank), expected 0 to \(deeper_tensor.largestRank), with dimensions")
        }
        let extents = UnsafeBufferPointer(start: dimensions, count: Int(rank))
        guard extents.allSatisfy({ $0 >= 0 }) else {
            throw DeeperError(.invalidInput, "dimensions \(Array(extents)) have a negative one")
        }
        let shape = try Shape(validating: extents.map(Int.init))
        let byteCount = shape.elementCount * type.byteCount
        guard byte_count == byteCount, byteCount == 0 || data != nil else {
            throw DeeperError(
                .invalidInput,
                byte_count == byteCount
                    ? "data is NULL" : "byte_count is \(byte_count), \(type)\(shape) has \(byteCount)")
        }
        return (type, shape)
    }
}
