import DeeperTensors

/// A position in a file's bytes that moves forward and never past their end.
struct ByteCursor {
    let bytes: UnsafeRawBufferPointer
    var position = 0

    /// The number of bytes from here to the end.
    var remaining: Int { bytes.count - position }

    /// The next byte, nil at the end.
    mutating func next() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    /// The next `count` bytes.
    ///
    /// - Throws: `invalidInput` if fewer bytes are left.
    mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else { throw DeeperError(.invalidInput, "the file ends early") }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// The next `byteCount` bytes as a number whose last byte is the most significant.
    mutating func littleEndian(_ byteCount: Int) throws -> Int {
        try take(byteCount).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// The next `byteCount` bytes as a number whose first byte is the most significant; 0 for no bytes.
    ///
    /// - Throws: `invalidInput` if fewer bytes are left, or if the number is above `Int.max`.
    mutating func bigEndian(_ byteCount: Int) throws -> Int {
        let bytes = try take(byteCount)
        guard byteCount < 8 || bytes[0] < 128 else { throw DeeperError(.invalidInput, "a number is too large") }
        return bytes.reduce(0) { $0 << 8 | Int($1) }
    }
}
