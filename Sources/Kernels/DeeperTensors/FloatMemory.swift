/// Float32 numbers that outlive runs and change between and during them: weights in training, their gradients, the
/// optimizer's memory.
///
/// Who holds one takes care that nobody reads or writes it while a plan runs on it.
public final class FloatMemory: @unchecked Sendable {
    private let storage: AlignedStorage
    /// The numbers, all zero at first.
    public let count: Int

    /// Numbers readable behind the last one: kernels load whole registers.
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

    /// Bytes that the numbers take.
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

    /// Copies the numbers of another memory of the same count.
    public func copy(_ other: FloatMemory) {
        precondition(other.count == count)
        storage.mutableBytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: other.storage.bytes[..<byteCount]))
    }

    /// Calls `body` with the numbers for reading and writing: for all-reduce and for writing files.
    public func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try body(UnsafeMutableRawBufferPointer(rebasing: storage.mutableBytes[..<byteCount]))
    }
}
