public import DeeperTensors
internal import DeeperThreads
internal import Synchronization

/// Collects the packing of a plan's weights, or the check of weights that are already packed. This work is deferred
/// until all kernels are made, and is then divided among threads.
public final class Preparation: Sendable {
    private struct Job: Sendable {
        var byteCount: Int
        var run: @Sendable (inout WeightBuffer) throws -> Void
    }

    private struct Contents: ~Copyable {
        var jobs: [Job] = []
        var made: [String: AlignedStorage] = [:]
        let memory = StorageChunks()
    }

    private let contents = Mutex(Contents())
    private let packed: PackedWeights?

    /// - Parameter packed: weights that were packed before; new ones are added to it.
    public init(_ packed: PackedWeights? = nil) { self.packed = packed }

    /// The storage for the packed weights of a name, and whether it already contains them.
    ///
    /// - Throws: `limitExceeded` if memory is refused; `invalidModel` if there are weights of that name with another
    ///   size.
    func storage(named name: String, byteCount: Int) throws -> (storage: AlignedStorage, isFilled: Bool) {
        if let known = packed?.storage(named: name) {
            guard known.storage.byteCount == byteCount else {
                throw DeeperError(
                    .invalidModel, "the packed weights have \(known.storage.byteCount) bytes, expected \(byteCount)"
                )
            }
            if let check = known.check { add(byteCount: byteCount) { _ in try check() } }
            return (known.storage, true)
        }
        return try contents.withLock { contents in
            let fresh = try contents.memory.block(byteCount: byteCount)
            contents.made[name] = fresh
            return (fresh, false)
        }
    }

    /// The weights that this plan packs, by name; complete after ``run(threads:)``.
    public var made: [String: AlignedStorage] { contents.withLock { $0.made } }

    /// - Parameter byteCount: the bytes of the weights, as a measure of the work.
    func add(byteCount: Int, _ run: @escaping @Sendable (inout WeightBuffer) throws -> Void) {
        contents.withLock { $0.jobs.append(Job(byteCount: byteCount, run: run)) }
    }

    /// Does the deferred work, largest jobs first, on the calling thread and others.
    ///
    /// - Throws: the first error of any job; `limitExceeded` if the system refuses a thread.
    public func run(threads: Int) throws {
        let jobs = contents.withLock { contents in
            defer { contents.jobs = [] }
            return contents.jobs.sorted { $0.byteCount > $1.byteCount }
        }
        let queue = Queue(jobs)
        var helpers: [SystemThread] = []
        defer { for helper in helpers { helper.join() } }
        for _ in 1..<max(1, min(threads, jobs.count)) {
            helpers.append(try SystemThread(name: "deeper-prepare") { queue.work() })
        }
        queue.work()
        for helper in helpers { helper.join() }
        helpers = []
        if let error = queue.error { throw error }
        packed?.add(made)
    }

    private final class Queue: Sendable {
        private let jobs: [Job]
        private let next = Atomic<Int>(0)
        private let failure = Mutex<(any Error)?>(nil)

        init(_ jobs: [Job]) { self.jobs = jobs }

        var error: (any Error)? { failure.withLock { $0 } }

        func work() {
            var buffer = WeightBuffer()
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < jobs.count, error == nil else { return }
                do {
                    try FloatingPointMode.during { try jobs[index].run(&buffer) }
                } catch {
                    failure.withLock { $0 = $0 ?? error }
                }
            }
        }
    }
}
