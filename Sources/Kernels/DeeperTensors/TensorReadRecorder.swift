internal import Synchronization

/// A tensor source that reads another tensor and records whether its bytes were read.
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
