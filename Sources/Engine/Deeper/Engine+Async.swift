internal import DeeperExecution
public import DeeperTensors
internal import DeeperThreads
internal import Synchronization

extension Engine {
    /// Runs the model without blocking the caller's thread: the call waits in the engine's queue and computes on the
    /// engine's threads, never on Swift's cooperative pool.
    ///
    /// Cancelling the task ends the call: immediately while it waits in the queue, otherwise before its next step.
    ///
    /// - Parameters:
    ///   - inputs: a tensor for every input of the model, by name.
    ///   - deadline: the time after which the result is no longer needed.
    /// - Throws: as ``runBlocking(_:)``; `overloaded` if too many calls wait; `cancelled` if the deadline passed;
    ///   `CancellationError` if the task was cancelled.
    public func run(
        _ inputs: [String: Tensor], deadline: ContinuousClock.Instant? = nil
    ) async throws -> [String: Tensor] {
        try await queued(deadline) { stop in try self.perform(inputs, stop: stop) }
    }

    /// Runs `work` on one of the engine's own threads.
    ///
    /// - Parameter work: receives a function that throws once the result is no longer wanted.
    func queued<Output: Sendable>(
        _ deadline: ContinuousClock.Instant?, _ work: @escaping @Sendable (() throws -> Void) throws -> Output
    ) async throws -> Output {
        let call = PendingCall<Output>()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                call.arm(continuation)
                do {
                    try pool.queue.submit {
                        guard call.begin() else { return }
                        call.finish(Result { try work { try call.check(deadline) } })
                    }
                } catch {
                    call.finish(.failure(error))
                }
            }
        } onCancel: {
            call.cancel()
        }
    }
}

/// One asynchronous call in progress. The first attempt to finish it resumes the caller; later ones have no effect.
private final class PendingCall<Output: Sendable>: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Output, any Error>?
        var isRunning = false
        var isCancelled = false
    }

    private let state = Mutex(State())

    func arm(_ continuation: CheckedContinuation<Output, any Error>) {
        let isCancelled = state.withLock { state in
            if !state.isCancelled { state.continuation = continuation }
            return state.isCancelled
        }
        if isCancelled { continuation.resume(throwing: CancellationError()) }
    }

    /// Marks the call as running and returns whether it is still wanted.
    func begin() -> Bool {
        state.withLock { state in
            state.isRunning = true
            return state.continuation != nil
        }
    }

    func check(_ deadline: ContinuousClock.Instant?) throws {
        if state.withLock({ $0.isCancelled }) { throw CancellationError() }
        if let deadline, ContinuousClock.now >= deadline {
            throw DeeperError(.cancelled, "the deadline passed")
        }
    }

    func finish(_ result: Result<Output, any Error>) {
        let continuation = state.withLock { state in
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(with: result)
    }

    /// A waiting call ends immediately; a running one notices the cancellation between two steps.
    func cancel() {
        let isWaiting = state.withLock { state in
            state.isCancelled = true
            return !state.isRunning
        }
        if isWaiting { finish(.failure(CancellationError())) }
    }
}
