public import DeeperTensors

/// Elements on their way into a tensor: little-endian, row-major, in memory that a transport may own.
///
/// They are copied once, to where the engine reads them: into a batch, beside those of other requests.
public protocol TensorContent: Sendable {
    var byteCount: Int { get }

    /// Copies all bytes to the start of `target`, which has room for them.
    func copy(into target: UnsafeMutableRawBufferPointer) throws
}

extension Tensor: TensorContent {
    public func copy(into target: UnsafeMutableRawBufferPointer) throws {
        try withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<byteCount])) }
    }
}
