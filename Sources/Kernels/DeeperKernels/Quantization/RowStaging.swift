internal import DeeperTensors

/// The conversion of bytes to the form of rows that a routine reads.
enum RowStaging: Sendable {
    /// The bytes are copied unchanged.
    case copied
    /// int8 plus 128, which gives uint8.
    case shifted
    /// The bytes are converted to int16.
    case widened
    case widenedSigned

    init(_ pixels: ElementType, _ routine: IntegerRoutine) {
        let isSigned = pixels == .int8
        self = routine.rowBytes == 1 ? (isSigned ? .shifted : .copied) : (isSigned ? .widenedSigned : .widened)
    }

    /// The number that is added to every byte, and therefore to the zero point.
    var shift: Int32 { if case .shifted = self { 128 } else { 0 } }

    func copy(_ count: Int, from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
        let bytes = source.assumingMemoryBound(to: UInt8.self)
        switch self {
        case .copied: target.copyMemory(from: source, byteCount: count)
        case .shifted:
            let target = target.assumingMemoryBound(to: UInt8.self)
            for index in 0..<count { target[index] = bytes[index] ^ 0x80 }
        case .widened:
            let target = target.assumingMemoryBound(to: Int16.self)
            for index in 0..<count { target[index] = Int16(bytes[index]) }
        case .widenedSigned:
            let target = target.assumingMemoryBound(to: Int16.self)
            for index in 0..<count { target[index] = Int16(Int8(bitPattern: bytes[index])) }
        }
    }

    /// Fills memory with a stored number that is already shifted.
    func fill(_ count: Int, with value: Int32, _ target: UnsafeMutableRawPointer) {
        switch self {
        case .copied, .shifted:
            target.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: value), count: count)
        case .widened, .widenedSigned:
            target.initializeMemory(as: Int16.self, repeating: Int16(truncatingIfNeeded: value), count: count)
        }
    }
}
