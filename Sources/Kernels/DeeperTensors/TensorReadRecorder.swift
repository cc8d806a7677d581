internal import Synchronization

/// Another tensor as the source of one, which notes whether anybody has asked for its bytes.
public final class TensorReadRecorder: TensorSource {
    private let tensor: Tensor
    private let flag = Atomic(false)

    public init(_ tensor: Tensor) { self.tensor = tensor }

    public var wasRead: Bool { flag.load(ordering: .relaxed) }

    public func read(into bytes: UnsafeMutableRawBufferPointer) throws {
        flag.store(true, ordering: .relaxed)
        try tensor.read(into: bytes)
    }
}
