#if Server
internal import Deeper
internal import DeeperInferenceProtocol
internal import DeeperKernels
internal import DeeperTensors
internal import Tracing

/// The queues of a scheduler and the threads that work them off; apart from it, so that they do not keep it alive.
final class SchedulerState: @unchecked Sendable {
    private let monitor = Monitor()
    private let pool: EnginePool
    private let waitingCalls: Int
    private let budget: ByteBudget
    private let tracer: (any Tracer)?
    /// In order of arrival. Models without waiting calls have no entry.
    private var queues: [ObjectIdentifier: [InferenceCall]] = [:]
    private var waiting = 0
    /// Calls that are being computed.
    private var running = 0
    private var started = 0
    private var idle = 0
    private var isClosed = false
    private var shares = FairShares()

    init(pool: EnginePool, waitingCalls: Int, budget: ByteBudget, tracer: (any Tracer)?) {
        self.pool = pool
        self.waitingCalls = waitingCalls
        self.budget = budget
        self.tracer = tracer
    }

    var waitingCount: Int { monitor.withLock { waiting } }
    var runningCount: Int { monitor.withLock { running } }

    func close() {
        monitor.withLock {
            isClosed = true
            monitor.broadcast()
        }
    }

    func submit(_ call: InferenceCall, _ continuation: CheckedContinuation<ModelAnswer, any Error>) {
        let refusal: (any Error)? = monitor.withLock {
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
        if idle == 0 || idle <= waiting, started < pool.concurrentCalls {
            try SystemThread(name: "deeper-serve") { self.serve() }.detach()
            started += 1
        }
        call.queueSpan = tracer?.startAnySpan("deeper.queue", context: call.context ?? .topLevel, ofKind: .internal)
        call.queueSpan?.attributes["deeper.model"] = model.name
        call.state = .waiting
        if own == 0 { shares.arrive(model.name) }
        queues[key, default: []].append(call)
        waiting += 1
        model.statistics.setWaiting(own + 1)
        monitor.broadcast()
    }

    /// A waiting call ends at once; of a running batch, other calls may still want the result.
    func cancel(_ call: InferenceCall) {
        let continuation = monitor.withLock {
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

    /// The call is done; whoever gets the continuation resumes it.
    private func end(_ call: InferenceCall) -> CheckedContinuation<ModelAnswer, any Error>? {
        call.state = .done
        defer { call.continuation = nil }
        return call.continuation
    }

    // MARK: Threads

    private func serve() {
        while true {
            var expired: [CheckedContinuation<ModelAnswer, any Error>] = []
            let batch: Batch? = monitor.withLock {
                idle += 1
                defer { idle -= 1 }
                while true {
                    expired += removeExpired()
                    if !expired.isEmpty { return Batch(calls: [], guess: 0) }
                    if let batch = next() {
                        pool.expectCalls(started - idle + 1)
                        return batch
                    }
                    pool.expectCalls(started - idle)
                    if isClosed, waiting == 0 { return nil }
                    if let wait = nextMoment() { monitor.wait(nanoseconds: wait) } else { monitor.wait() }
                }
            }
            for continuation in expired {
                continuation.resume(
                    throwing: ServingError(.deadlineExceeded, "the deadline passed while the request waited"))
            }
            guard let batch else { return }
            if !batch.calls.isEmpty { run(batch) }
        }
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
        /// What its model was charged for it.
        let guess: Double
        var rows: Int { calls.reduce(0) { $0 + $1.rows } }
    }

    /// Requests that need not wait for others any more, of the model whose turn it is; of several such models the one
    /// whose request is oldest.
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

    /// Nanoseconds until a request has waited long enough for others, or for itself.
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
        monitor.withLock {
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
            self.monitor.withLock { batch.allSatisfy(\.isCancelled) }
        }
        for (index, (call, result)) in zip(batch, results).enumerated() {
            if case .failure(let error) = result { spans[index]?.recordError(error) }
            let continuation = monitor.withLock {
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
