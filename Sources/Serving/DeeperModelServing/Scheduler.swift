#if Server
public import Deeper
public import DeeperInferenceProtocol
internal import DeeperTensors
public import Tracing

/// Joins waiting requests into batches and runs them on its own threads, as many at the same time as the engine pool
/// allows.
///
/// A request is refused if too many are waiting or its batch needs too much memory. It leaves the queue when its caller
/// disconnects or its deadline passes, before anything is computed for it. Every accepted request is answered once.
public final class Scheduler: Sendable {
    private let state: SchedulerState

    /// - Parameters:
    ///   - pool: the pool that the engines of all models share.
    ///   - waitingCalls: the number of requests that may wait, of all models together.
    ///   - budget: the budget from which batches claim their inputs and outputs. The data of requests are claimed by
    ///     the code that receives them.
    ///   - tracer: receives a span for the wait and one for the computation of every request.
    public init(
        pool: EnginePool, waitingCalls: Int = 1024, budget: ByteBudget = ByteBudget(limit: .max),
        tracer: (any Tracer)? = nil
    ) {
        state = SchedulerState(
            pool: pool, waitingCalls: waitingCalls, budget: budget, tracer: tracer)
    }

    deinit { state.close() }

    /// Queues a request and waits for its answer, without blocking the thread. Cancelling the task ends the wait.
    ///
    /// - Parameters:
    ///   - request: the request, which is checked against the model here.
    ///   - timeoutNanoseconds: the time that the request may wait before its answer is of no use.
    /// - Throws: `badRequest` if the model does not accept the request; `unavailable` if too many requests are waiting
    ///   or the scheduler was closed; `exhausted`; `deadlineExceeded`; `cancelled`; the errors of the engine.
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

    /// The number of requests that are waiting.
    public var waitingCount: Int { state.waitingCount }

    /// The number of requests that are being computed.
    public var runningCount: Int { state.runningCount }

    /// Refuses new requests from now on; waiting requests are still computed.
    public func close() { state.close() }
}
#endif
