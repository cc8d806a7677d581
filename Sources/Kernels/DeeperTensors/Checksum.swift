/// A checksum of two sums over 64-bit words in eight lanes, similar to Fletcher's. It detects changed, exchanged and
/// missing words. A CRC would take longer than all other work of loading a file.
public func checksum(of bytes: UnsafeRawBufferPointer) -> UInt64 {
    var first = SIMD8<UInt64>(repeating: 1)
    var second = SIMD8<UInt64>(repeating: 0)
    var place = 0
    while place + 64 <= bytes.count {
        first &+= bytes.loadUnaligned(fromByteOffset: place, as: SIMD8<UInt64>.self)
        second &+= first
        place += 64
    }
    var rest = SIMD8<UInt64>(repeating: 0)
    for index in place..<bytes.count {
        rest[(index - place) / 8] |= UInt64(bytes[index]) << UInt64((index - place) % 8 * 8)
    }
    first &+= rest
    second &+= first
    var result = UInt64(truncatingIfNeeded: bytes.count)
    for lane in 0..<8 {
        result = (result ^ first[lane]) &* 0x9E37_79B9_7F4A_7C15
        result = (result ^ second[lane] ^ result >> 29) &* 0xBF58_476D_1CE4_E5B9
    }
    return result
}

/// The checksum of bytes in an array.
public func checksum(of bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { checksum(of: $0) } }

extension AlignedStorage {
    public var checksum: UInt64 { DeeperTensors.checksum(of: bytes) }
}
