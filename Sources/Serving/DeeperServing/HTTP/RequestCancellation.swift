#if Server
internal import Synchronization

/// Cancels a request's work when its client disconnects; sent to the connection as an event.
final class RequestCancellation: Sendable {
    private struct State {
        var isCancelled = false
        var end: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    func cancel() {
        let end = state.withLock { state in
            state.isCancelled = true
            defer { state.end = nil }
            return state.end
        }
        end?()
    }

    /// Runs work in a task that ``cancel()`` cancels.
    func run<Output: Sendable>(_ work: @escaping @Sendable () async throws -> Output) async throws -> Output {
        let task = Task(operation: work)
        let isLate = state.withLock { state in
            if !state.isCancelled { state.end = { task.cancel() } }
            return state.isCancelled
        }
        if isLate { task.cancel() }
        defer { state.withLock { $0.end = nil } }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
#endif
