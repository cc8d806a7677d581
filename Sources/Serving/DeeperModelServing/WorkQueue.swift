#if Server
internal import DeeperThreads

/// Threads for work that takes too long for an event loop or for Swift's cooperative pool: reading models, JSON of
/// thousands of numbers, pictures.
public final class WorkQueue: Sendable {
    private let queue: CallQueue

    /// - Parameter limit: the number of waiting work items beyond which new ones are refused with `overloaded`.
    public init(threads: Int, limit: Int) { queue = CallQueue(threads: threads, limit: limit) }

    /// Runs work on one of the threads.
    ///
    /// - Throws: the errors of the work; `overloaded` if too much work is waiting.
    public func run<Output: Sendable>(_ work: @escaping @Sendable () throws -> Output) async throws -> Output {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try queue.submit { continuation.resume(with: Result(catching: work)) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}
#endif
