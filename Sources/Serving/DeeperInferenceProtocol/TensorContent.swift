public import DeeperTensors

/// The elements of a tensor that has been received: little-endian, row-major, in memory that a transport may own.
///
/// They are copied once, to where the engine reads them: into a batch, next to those of other requests.
public protocol TensorContent: Sendable {
    var byteCount: Int { get }

    /// Copies all bytes to the start of `target`, which is large enough for them.
    func copy(into target: UnsafeMutableRawBufferPointer) throws
}

extension Tensor: TensorContent {
    public func copy(into target: UnsafeMutableRawBufferPointer) throws {
        try withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<byteCount])) }
    }
}
