#if Server
public import Deeper
public import DeeperInferenceProtocol
internal import DeeperTensors
public import Tracing

/// Joins waiting requests into batches and runs them on threads of its own, as many at once as the engines' pool allows.
///
/// A request is refused if too many wait or its batch needs too much memory. It leaves the queue when its caller goes or
/// its deadline passes, before anything is computed for it. Every accepted request is answered once.
public final class Scheduler: Sendable {
    private let state: SchedulerState

    /// - Parameters:
    ///   - pool: that the engines of all models share.
    ///   - waitingCalls: requests that may wait, of all models together.
    ///   - budget: where batches claim what they are computed from and into. What requests bring is claimed by those who
    ///     receive it.
    ///   - tracer: gets a span for the wait and one for the computation of every request.
    public init(
        pool: EnginePool, waitingCalls: Int = 1024, budget: ByteBudget = ByteBudget(limit: .max),
        tracer: (any Tracer)? = nil
    ) {
        state = SchedulerState(
            pool: pool, waitingCalls: waitingCalls, budget: budget, tracer: tracer)
    }

    deinit { state.close() }

    /// Waits for a request's turn and for its answer, without blocking the thread. Cancelling the task ends the wait.
    ///
    /// - Parameters:
    ///   - request: checked against the model here.
    ///   - timeoutNanoseconds: that the request may wait before it is of no use.
    /// - Throws: `badRequest` if the model does not take the request; `unavailable` if too much waits or the scheduler
    ///   was closed; `exhausted`; `deadlineExceeded`; `cancelled`; what the engine throws.
    public func run(
        _ request: InferenceRequest, on model: ServedModel, timeoutNanoseconds: Int? = nil
    ) async throws -> ModelAnswer {
        let start = nanosecondsNow()
        do {
            let rows = try model.rows(of: request)
            let own = request.timeoutMicroseconds.flatMap { $0 > 0 ? min($0, 1 << 40) * 1000 : nil }
            let timeout = [own, timeoutNanoseconds].compactMap { $0 }.min()
            let call = InferenceCall(
                request, model: model, rows: rows, deadline: timeout.map { start + $0 }, context: .current)
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { state.submit(call, $0) }
            } onCancel: {
                state.cancel(call)
            }
        } catch {
            let error = ServingError(error)
            model.statistics.failed(error.kind, totalNanoseconds: nanosecondsNow() - start)
            throw error
        }
    }

    /// Requests that wait.
    public var waitingCount: Int { state.waitingCount }

    /// Requests that are being computed.
    public var runningCount: Int { state.runningCount }

    /// Refuses new requests from now on; those that wait are still computed.
    public func close() { state.close() }
}
#endif
