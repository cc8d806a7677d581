#if Server
import Deeper
import DeeperInferenceProtocol
import DeeperTensors
import Metrics
import Synchronization
import Testing

@testable import DeeperModelServing

/// How requests are joined into batches. Nothing here depends on how fast the machine is: what should wait is held.
@Suite(.timeLimit(.minutes(2)))
struct SchedulerTests {
    @Test("requests that waited together are computed together, and each gets the bits of its own input")
    func joined() async throws {
        let fixture = try Fixture(maxBatch: 4)
        let expected = try (0..<9).map { try fixture.expected(seed: UInt64($0)) }
        let hold = try LaneHold(fixture.pool)
        let requests = try (0..<9).map { try fixture.request(seed: UInt64($0)) }
        // The first leaves the queue and waits for the lane; the others queue up after it.
        let first = Task { try await fixture.answer(requests[0]) }
        try await fixture.waitUntilRunning()
        try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            for index in 1..<9 { group.addTask { (index, try await fixture.answer(requests[index])) } }
            try await fixture.waitForQueue(8)
            hold.release()
            for try await (index, answer) in group { #expect(answer == expected[index], "request \(index)") }
        }
        #expect(try await first.value == expected[0])
        let statistics = fixture.model.statistics.snapshot
        #expect(statistics.inferenceCount == 9 && statistics.success.count == 9)
        #expect(statistics.executionCount == 3)
        #expect(statistics.batches.keys.allSatisfy { $0 <= 4 })
    }

    @Test("a request may bring several rows; more than the largest batch are refused")
    func rows() async throws {
        let fixture = try Fixture(maxBatch: 4)
        #expect(try await fixture.answer(try fixture.request(seed: 3, rows: 3)) == fixture.expected(seed: 3, rows: 3))
        let large = try fixture.request(seed: 3, rows: 5)
        #expect(await errorKind { try await fixture.answer(large) } == .badRequest)
    }

    @Test("a full queue refuses, and continues when it is no longer full")
    func full() async throws {
        let fixture = try Fixture(maxBatch: 1, waitingCalls: 2)
        let hold = try LaneHold(fixture.pool)
        let request = try fixture.request(seed: 1)
        let running = Task { try await fixture.answer(request) }
        // It leaves the queue for the lane that is held.
        try await fixture.waitUntilRunning()
        let waiting = (0..<2).map { _ in Task { try await fixture.answer(request) } }
        try await fixture.waitForQueue(2)
        #expect(await errorKind { try await fixture.answer(request) } == .unavailable)
        hold.release()
        for task in waiting + [running] { _ = try await task.value }
        #expect(try await fixture.answer(request) == fixture.expected(seed: 1))
        #expect(fixture.model.statistics.snapshot.failure.count == 1)
    }

    @Test("a batch whose inputs and outputs are beyond the memory for requests is refused, one by one where that helps")
    func memory() async throws {
        // An input of 192 channels and an output of 256, at 7x7.
        let rowBytes = (192 + 256) * 49 * 4
        let tight = try Fixture(maxBatch: 2, budget: ByteBudget(limit: rowBytes - 1))
        #expect(await errorKind { try await tight.answer(try tight.request(seed: 1)) } == .exhausted)
        let budget = ByteBudget(limit: rowBytes)
        let fixture = try Fixture(maxBatch: 2, budget: budget)
        #expect(try await fixture.answer(try fixture.request(seed: 1)) == fixture.expected(seed: 1))
        #expect(await errorKind { try await fixture.answer(try fixture.request(seed: 1, rows: 2)) } == .exhausted)
        #expect(budget.usedBytes == 0)
    }

    @Test("a model's own limit holds for it alone")
    func ownLimit() async throws {
        let fixture = try Fixture(maxBatch: 1, queueLimit: 1)
        let hold = try LaneHold(fixture.pool)
        let request = try fixture.request(seed: 1)
        let running = Task { try await fixture.answer(request) }
        try await fixture.waitUntilRunning()
        let waiting = Task { try await fixture.answer(request) }
        try await fixture.waitForQueue(1)
        #expect(await errorKind { try await fixture.answer(request) } == .unavailable)
        hold.release()
        _ = try await (running.value, waiting.value)
    }

    @Test("a model's requests do not wait for all those that came before to another model")
    func fairness() async throws {
        let fixture = try Fixture(maxBatch: 1)
        let other = try ServedModel(
            ModelSource(name: "other", path: "other", maxBatch: 1), version: "1", model: inceptionModule(),
            options: EngineOptions(), pool: fixture.pool, metrics: NOOPMetricsHandler.instance)
        let hold = try LaneHold(fixture.pool)
        let request = try fixture.request(seed: 1)
        let finished = Names()
        func ask(_ model: ServedModel) -> Task<Void, any Error> {
            Task {
                _ = try await fixture.scheduler.run(request, on: model)
                finished.add(model.name)
            }
        }
        var tasks = [ask(fixture.model)]
        try await fixture.waitUntilRunning()
        for count in 1...6 {
            tasks.append(ask(fixture.model))
            try await fixture.waitForQueue(count)
        }
        tasks.append(ask(other))
        try await fixture.waitForQueue(7)
        hold.release()
        for task in tasks { try await task.value }
        let place = try #require(finished.all.firstIndex(of: "other"))
        // The one that runs comes first, and tasks may say so in another order than they were answered in.
        #expect(place <= 2, "\(finished.all)")
    }

    @Test("a request whose deadline passes while it waits is not computed")
    func deadline() async throws {
        let fixture = try Fixture(maxBatch: 1)
        let hold = try LaneHold(fixture.pool)
        let running = Task { try await fixture.answer(try fixture.request(seed: 1)) }
        try await fixture.waitUntilRunning()
        // The thread that would compute is held, so the deadline is noticed when it looks again.
        let late = try fixture.request(seed: 2, timeoutMicroseconds: 1)
        let waiting = Task { await errorKind { try await fixture.answer(late) } }
        try await Task.sleep(for: .milliseconds(5))
        hold.release()
        #expect(await waiting.value == .deadlineExceeded)
        _ = try await running.value
        #expect(fixture.model.statistics.snapshot.inferenceCount == 1)
    }

    @Test("a cancelled request leaves the queue at once")
    func cancellation() async throws {
        let fixture = try Fixture(maxBatch: 1)
        let hold = try LaneHold(fixture.pool)
        let running = Task { try await fixture.answer(try fixture.request(seed: 1)) }
        try await fixture.waitUntilRunning()
        let waiting = Task { await errorKind { try await fixture.answer(try fixture.request(seed: 2)) } }
        try await fixture.waitForQueue(1)
        waiting.cancel()
        #expect(await waiting.value == .cancelled)
        #expect(fixture.scheduler.waitingCount == 0)
        hold.release()
        _ = try await running.value
        #expect(fixture.model.statistics.snapshot.inferenceCount == 1)
    }

    @Test("a closed scheduler refuses, but answers what it accepted")
    func closed() async throws {
        let fixture = try Fixture(maxBatch: 1)
        let hold = try LaneHold(fixture.pool)
        let request = try fixture.request(seed: 1)
        let running = Task { try await fixture.answer(request) }
        try await fixture.waitUntilRunning()
        let accepted = [running] + (0..<2).map { _ in Task { try await fixture.answer(request) } }
        try await fixture.waitForQueue(2)
        fixture.scheduler.close()
        #expect(await errorKind { try await fixture.answer(request) } == .unavailable)
        hold.release()
        for task in accepted { #expect(try await task.value == fixture.expected(seed: 1)) }
    }

    @Test(
        "a request that the model does not take is refused before it joins others",
        arguments: ["x", "data"])
    func refused(name: String) async throws {
        let fixture = try Fixture()
        let tensor = try Tensor([Float](repeating: 0, count: 4), shape: [1, 4])
        let request = InferenceRequest(
            inputs: [try .init(name: name, elementType: .float32, shape: tensor.shape, content: tensor)])
        #expect(await errorKind { try await fixture.answer(request) } == .badRequest)
        var unknown = try fixture.request(seed: 1)
        unknown.outputs = [.init(name: "nope")]
        let wrong = unknown
        #expect(await errorKind { try await fixture.answer(wrong) } == .badRequest)
    }

    @Test("64 requests of several sizes at once all get their bits")
    func many() async throws {
        let fixture = try Fixture(maxBatch: 8, maxDelayMicroseconds: 200)
        let expected = try (0..<64).map { try fixture.expected(seed: UInt64($0), rows: 1 + $0 % 3) }
        try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            for index in 0..<64 {
                group.addTask {
                    (index, try await fixture.answer(try fixture.request(seed: UInt64(index), rows: 1 + index % 3)))
                }
            }
            for try await (index, answer) in group { #expect(answer == expected[index], "request \(index)") }
        }
        #expect(fixture.model.statistics.snapshot.inferenceCount == (0..<64).reduce(0) { $0 + 1 + $1 % 3 })
    }
}

/// Names in the order in which they were added.
private final class Names: Sendable {
    private let names = Mutex<[String]>([])

    func add(_ name: String) { names.withLock { $0.append(name) } }

    var all: [String] { names.withLock { $0 } }
}
#endif
