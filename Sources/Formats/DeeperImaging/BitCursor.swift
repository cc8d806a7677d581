#if PictureFormats
import DeeperTensors

/// A position in a sequence of bits, read from the highest bit of each byte to the lowest, that never moves past the
/// end.
struct BitCursor {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next `count` bits as a number, at most 32.
    ///
    /// - Throws: `invalidInput` if fewer bits are left, as do all methods.
    mutating func read(_ count: Int) throws -> Int {
        guard count <= 8 * bytes.count - position else { throw DeeperError(.invalidInput, "a header ends early") }
        var number = 0
        for _ in 0..<count {
            number = number << 1 | Int(bytes[position / 8] >> UInt8(7 - position % 8) & 1)
            position += 1
        }
        return number
    }

    mutating func flag() throws -> Bool { try read(1) == 1 }

    /// Skips `count` bits.
    mutating func skip(_ count: Int) throws {
        guard count <= 8 * bytes.count - position else { throw DeeperError(.invalidInput, "a header ends early") }
        position += count
    }

    /// A number whose length is given by the zeros before it: ue(v) of H.265, uvlc() of AV1.
    mutating func variableLength() throws -> Int {
        var zeroCount = 0
        while try !flag() { zeroCount += 1 }
        guard zeroCount < 32 else { throw DeeperError(.invalidInput, "a number of a header is too large") }
        return try 1 << zeroCount - 1 + read(zeroCount)
    }
}
#endif
