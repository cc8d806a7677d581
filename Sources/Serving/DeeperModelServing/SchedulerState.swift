#if Server
internal import Deeper
internal import DeeperInferenceProtocol
internal import DeeperTensors
internal import DeeperThreads
internal import Tracing

/// The queues of a scheduler and the threads that process them; a separate object, so that the threads do not keep the
/// scheduler alive.
final class SchedulerState: @unchecked Sendable {
    private let pool: EnginePool
    private let threads: ThreadPool
    private let waitingCalls: Int
    private let budget: ByteBudget
    private let tracer: (any Tracer)?
    /// The waiting calls of each model, in order of arrival. Models without waiting calls have no entry.
    private var queues: [ObjectIdentifier: [InferenceCall]] = [:]
    private var waiting = 0
    /// The number of calls that are being computed.
    private var running = 0
    private var isClosed = false
    private var shares = FairShares()

    init(pool: EnginePool, waitingCalls: Int, budget: ByteBudget, tracer: (any Tracer)?) {
        self.pool = pool
        self.threads = ThreadPool(name: "deeper-serve", threads: pool.concurrentCalls)
        self.waitingCalls = waitingCalls
        self.budget = budget
        self.tracer = tracer
    }

    var waitingCount: Int { threads.withLock { waiting } }
    var runningCount: Int { threads.withLock { running } }

    func close() {
        threads.withLock {
            isClosed = true
            threads.wake()
        }
    }

    func submit(_ call: InferenceCall, _ continuation: CheckedContinuation<ModelAnswer, any Error>) {
        let refusal: (any Error)? = threads.withLock {
            do {
                try accept(call)
            } catch {
                call.state = .done
                return error
            }
            call.continuation = continuation
            return nil
        }
        if let refusal { continuation.resume(throwing: refusal) }
    }

    private func accept(_ call: InferenceCall) throws {
        let model = call.model
        let key = ObjectIdentifier(model)
        if call.isCancelled { throw CancellationError() }
        guard !isClosed else { throw ServingError(.unavailable, "the server is stopping") }
        let own = queues[key]?.count ?? 0
        guard own < model.queueLimit, waiting < waitingCalls else {
            throw ServingError(
                .unavailable,
                "model \"\(model.name)\": the queue is full, \(own) requests wait for it and \(waiting) in all")
        }
        try threads.prepare(forOneMoreThan: waiting) { self.nextStep() }
        call.queueSpan = tracer?.startAnySpan("deeper.queue", context: call.context ?? .topLevel, ofKind: .internal)
        call.queueSpan?.attributes["deeper.model"] = model.name
        call.state = .waiting
        if own == 0 { shares.arrive(model.name) }
        queues[key, default: []].append(call)
        waiting += 1
        model.statistics.setWaiting(own + 1)
        threads.wake()
    }

    /// Cancels a call. A waiting call ends immediately; the result of a running batch may still be needed by other
    /// calls.
    func cancel(_ call: InferenceCall) {
        let continuation = threads.withLock {
            call.isCancelled = true
            return call.state == .waiting ? remove(call) : nil
        }
        continuation?.resume(throwing: CancellationError())
    }

    private func remove(_ call: InferenceCall) -> CheckedContinuation<ModelAnswer, any Error>? {
        let key = ObjectIdentifier(call.model)
        guard var queue = queues[key], let index = queue.firstIndex(where: { $0 === call }) else { return nil }
        queue.remove(at: index)
        left(call, queue)
        return end(call)
    }

    private func left(_ call: InferenceCall, _ queue: [InferenceCall]) {
        queues[ObjectIdentifier(call.model)] = queue.isEmpty ? nil : queue
        waiting -= 1
        call.queueSpan?.end()
        call.model.statistics.setWaiting(queue.count)
    }

    /// Marks a call as done; the caller of this method resumes the continuation.
    private func end(_ call: InferenceCall) -> CheckedContinuation<ModelAnswer, any Error>? {
        call.state = .done
        defer { call.continuation = nil }
        return call.continuation
    }

    // MARK: Threads

    private func nextStep() -> ThreadPool.Step {
        let expired = removeExpired()
        guard expired.isEmpty else {
            return .work {
                for continuation in expired {
                    continuation.resume(
                        throwing: ServingError(.deadlineExceeded, "the deadline passed while the request waited"))
                }
            }
        }
        if let batch = next() {
            pool.expectCalls(threads.busyCount)
            return .work { self.run(batch) }
        }
        pool.expectCalls(threads.busyCount - 1)
        return isClosed && waiting == 0 ? .end : .wait(nanoseconds: nextMoment())
    }

    private func removeExpired() -> [CheckedContinuation<ModelAnswer, any Error>] {
        let now = nanosecondsNow()
        var result: [CheckedContinuation<ModelAnswer, any Error>] = []
        for queue in queues.values {
            for call in queue {
                if let deadline = call.deadline, deadline <= now, let continuation = remove(call) {
                    result.append(continuation)
                }
            }
        }
        return result
    }

    private struct Batch {
        let calls: [InferenceCall]
        /// The estimated cost that its model was charged.
        let guess: Double
        var rows: Int { calls.reduce(0) { $0 + $1.rows } }
    }

    /// Requests that no longer have to wait for others, of the model whose turn it is; among several such models, the
    /// one with the oldest request.
    private func next() -> Batch? {
        let now = nanosecondsNow()
        var best: [InferenceCall]?
        var turn = (time: Double.infinity, enqueued: Int.max)
        for queue in queues.values {
            guard let front = queue.first else { continue }
            let own = (time: shares.time(of: front.model.name), enqueued: front.enqueued)
            guard own < turn else { continue }
            let batch = BatchChoice.front(of: queue)
            let isFull = batch.reduce(0) { $0 + $1.rows } >= front.model.preferredBatch
            if isFull || isClosed || front.enqueued + front.model.source.maxDelayMicroseconds * 1000 <= now {
                (best, turn) = (batch, own)
            }
        }
        guard let best, let model = best.first?.model else { return nil }
        var queue = queues[ObjectIdentifier(model)] ?? []
        queue.removeFirst(best.count)
        for call in best {
            left(call, queue)
            call.state = .running
            running += 1
            call.started = now
        }
        let rows = best.reduce(0) { $0 + $1.rows }
        return Batch(calls: best, guess: shares.begin(model.name, rows: rows, priority: model.source.priority))
    }

    /// Nanoseconds until a request has waited long enough for others, or until its deadline passes.
    private func nextMoment() -> Int? {
        let now = nanosecondsNow()
        return queues.values.flatMap { queue in
            queue.compactMap { call -> Int? in
                let ripe = call === queue.first ? call.enqueued + call.model.source.maxDelayMicroseconds * 1000 : .max
                return min(ripe, call.deadline ?? .max)
            }
        }.min().map { max(0, $0 - now) + 1000 }
    }

    // MARK: Batches

    private func run(_ batch: Batch) {
        compute(batch.calls)
        guard let first = batch.calls.first else { return }
        let (model, elapsed) = (first.model, nanosecondsNow() - first.started)
        threads.withLock {
            shares.end(
                model.name, rows: batch.rows, priority: model.source.priority, nanoseconds: elapsed,
                guess: batch.guess)
        }
    }

    private func compute(_ batch: [InferenceCall]) {
        let spans = batch.map { call in
            tracer?.startAnySpan("deeper.infer", context: call.context ?? .topLevel, ofKind: .internal)
        }
        for span in spans {
            span?.attributes["deeper.model"] = batch[0].model.name
            span?.attributes["deeper.batch.rows"] = batch.reduce(0) { $0 + $1.rows }
        }
        let results = BatchRunner.results(of: batch, budget) {
            self.threads.withLock { batch.allSatisfy(\.isCancelled) }
        }
        for (index, (call, result)) in zip(batch, results).enumerated() {
            if case .failure(let error) = result { spans[index]?.recordError(error) }
            let continuation = threads.withLock {
                running -= 1
                return end(call)
            }
            if case .success = result {
                call.model.statistics.answered(
                    queueNanoseconds: call.started - call.enqueued,
                    totalNanoseconds: nanosecondsNow() - call.enqueued)
            }
            continuation?.resume(with: result)
        }
        for span in spans { span?.end() }
    }
}
#endif
