internal import DeeperExecution
public import DeeperTensors
internal import DeeperThreads
internal import Synchronization

extension Engine {
    /// Runs the model without blocking the caller's thread: the call waits in the engine's queue and computes on the
    /// engine's threads, never on Swift's cooperative pool.
    ///
    /// Cancelling the task ends the call: at once while it waits in the queue, else before the next step.
    ///
    /// - Parameters:
    ///   - inputs: a tensor for every input of the model, by name.
    ///   - deadline: when the result is of no use any more.
    /// - Throws: as the call that waits; `overloaded` if too many calls wait; `cancelled` if the deadline passed;
    ///   `CancellationError` if the task was cancelled.
    public func run(
        _ inputs: [String: Tensor], deadline: ContinuousClock.Instant? = nil
    ) async throws -> [String: Tensor] {
        try await queued(deadline) { stop in try self.perform(inputs, stop: stop) }
    }

    /// Does work on one of the engine's own threads.
    ///
    /// - Parameter work: gets a function that throws once the call is not wanted any more.
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

/// One asynchronous call on its way: whoever finishes it first resumes the caller, once.
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

    /// Whether the call is still wanted now that its turn has come.
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

    /// A waiting call ends at once; a running one notices between two steps.
    func cancel() {
        let isWaiting = state.withLock { state in
            state.isCancelled = true
            return !state.isRunning
        }
        if isWaiting { finish(.failure(CancellationError())) }
    }
}
