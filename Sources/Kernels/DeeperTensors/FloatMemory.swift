/// Memory of float32 numbers that outlives runs, and that changes between and during them: weights in training, their
/// gradients, the optimizer's state.
///
/// The owner must make sure that nothing else reads or writes the numbers while a plan runs on them.
public final class FloatMemory: @unchecked Sendable {
    private let storage: AlignedStorage
    /// The number of floats; all are zero at first.
    public let count: Int

    /// The number of readable floats after the last one, because kernels load whole registers.
    private static let spare = 64

    /// - Throws: `limitExceeded` if the system refuses.
    public init(count: Int) throws {
        let (bytes, overflow) = (count + FloatMemory.spare).multipliedReportingOverflow(by: 4)
        guard count >= 0, !overflow else {
            throw DeeperError(.limitExceeded, "\(count) numbers are more than fit in memory")
        }
        self.storage = try AlignedStorage(byteCount: bytes)
        self.count = count
    }

    /// The size of the numbers in bytes.
    public var byteCount: Int { count * 4 }

    /// The numbers of a range.
    public subscript(range: Range<Int>) -> [Float] {
        get {
            precondition(range.lowerBound >= 0 && range.upperBound <= count)
            return Array(storage.bytes.bindMemory(to: Float.self)[range])
        }
        set {
            precondition(range.lowerBound >= 0 && range.upperBound <= count && newValue.count == range.count)
            let target = UnsafeMutableRawBufferPointer(
                rebasing: storage.mutableBytes[range.lowerBound * 4..<range.upperBound * 4])
            newValue.withUnsafeBytes { target.copyMemory(from: $0) }
        }
    }

    /// All numbers.
    public var all: [Float] {
        get { self[0..<count] }
        set { self[0..<count] = newValue }
    }

    /// Copies the numbers of another memory with the same count.
    public func copy(_ other: FloatMemory) {
        precondition(other.count == count)
        storage.mutableBytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: other.storage.bytes[..<byteCount]))
    }

    /// Calls `body` with the bytes of the numbers for reading and writing, for all-reduce and for writing files.
    public func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try body(UnsafeMutableRawBufferPointer(rebasing: storage.mutableBytes[..<byteCount]))
    }
}
