import DeeperTensors

/// Bytes in memory.
final class BytesSource: TensorSource {
    private let bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    /// A part of bytes.
    init(_ bytes: [UInt8], _ range: Range<Int>) { self.bytes = bytes[range] }

    func read(into target: UnsafeMutableRawBufferPointer) { target.copyBytes(from: bytes) }
}
