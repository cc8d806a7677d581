import DeeperExecution
import DeeperTensors
import DeeperTestSupport
import DeeperThreads
import Foundation
import Testing

/// Counts up under a lock and remembers the highest count.
private final class Gauge: Sendable {
    private let state = Locked((now: 0, highest: 0, total: 0))

    func enter() {
        state.withLock {
            $0.now += 1
            $0.total += 1
            $0.highest = max($0.highest, $0.now)
        }
    }
    func leave() { state.withLock { $0.now -= 1 } }
    var highest: Int { state.withLock { $0.highest } }
    var total: Int { state.withLock { $0.total } }
}

@Suite(.timeLimit(.minutes(10))) struct CallQueueTests {
    @Test("every call runs once, on no more threads than allowed", arguments: [1, 2, 4])
    func runsEverything(threads: Int) async throws {
        let (gauge, done) = (Gauge(), Gate())
        let queue = CallQueue(threads: threads, limit: 200)
        for _ in 0..<200 {
            try queue.submit {
                gauge.enter()
                usleep(100)
                gauge.leave()
                done.open()
            }
        }
        let passed = await onThread { (0..<200).allSatisfy { _ in done.pass() } }
        #expect(passed)
        #expect(gauge.total == 200)
        #expect(gauge.highest <= threads)
        #expect(queue.waitingCount == 0)
    }

    @Test("calls that block do not hold up the other threads")
    func allThreadsServe() async throws {
        let queue = CallQueue(threads: 3, limit: 10)
        let (arrived, leave) = (Gate(), Gate())
        for _ in 0..<3 {
            try queue.submit {
                arrived.open()
                leave.pass()
            }
        }
        // All three are inside at once; with fewer threads the third would never arrive.
        let passed = await onThread { (0..<3).allSatisfy { _ in arrived.pass() } }
        #expect(passed)
        leave.open(times: 3)
    }

    @Test("one thread runs calls in the order they came")
    func order() async throws {
        let queue = CallQueue(threads: 1, limit: 100)
        let (done, log) = (Gate(), Log())
        for number in 0..<50 {
            try queue.submit {
                log.append(number)
                done.open()
            }
        }
        _ = await onThread { (0..<50).allSatisfy { _ in done.pass() } }
        #expect(log.entries == Array(0..<50))
    }

    @Test("a full queue refuses, and takes calls again when it is no longer full")
    func refusal() async throws {
        let queue = CallQueue(threads: 1, limit: 2)
        let (entered, leave, done) = (Gate(), Gate(), Gate())
        try queue.submit {
            entered.open()
            leave.pass()
        }
        #expect(await onThread { entered.pass() })
        try queue.submit { done.open() }
        try queue.submit { done.open() }
        #expect(queue.waitingCount == 2)
        #expect(try errorCode { try queue.submit {} } == .overloaded)
        leave.open()
        #expect(await onThread { done.pass() && done.pass() })
        try queue.submit { done.open() }
        #expect(await onThread { done.pass() })
    }

    @Test("a queue that is released still runs the calls that it accepted")
    func closing() async throws {
        let (gauge, entered, leave, done) = (Gauge(), Gate(), Gate(), Gate())
        do {
            let queue = CallQueue(threads: 1, limit: 10)
            try queue.submit {
                entered.open()
                leave.pass()
            }
            for _ in 0..<5 {
                try queue.submit {
                    gauge.enter()
                    done.open()
                }
            }
            #expect(await onThread { entered.pass() })
        }
        leave.open()
        let passed = await onThread { (0..<5).allSatisfy { _ in done.pass() } }
        #expect(passed)
        #expect(gauge.total == 5)
    }

    @Test("many callers at once lose no call")
    func manyCallers() async throws {
        let queue = CallQueue(threads: 2, limit: 10_000)
        let (gauge, done) = (Gauge(), Gate())
        let refused = await onThreads(4) {
            (0..<250).count { _ in
                do {
                    try queue.submit {
                        gauge.enter()
                        gauge.leave()
                        done.open()
                    }
                    return false
                } catch {
                    return true
                }
            }
        }
        #expect(refused == [0, 0, 0, 0])
        let passed = await onThread { (0..<1000).allSatisfy { _ in done.pass() } }
        #expect(passed)
        #expect(gauge.total == 1000)
        #expect(gauge.highest <= 2)
    }
}

private final class Holders: Sendable {
    private let lanes = Locked<Set<ObjectIdentifier>>([])
    func insert(_ lane: Lane) -> Bool { lanes.withLock { $0.insert(ObjectIdentifier(lane)).inserted } }
    func remove(_ lane: Lane) { lanes.withLock { _ = $0.remove(ObjectIdentifier(lane)) } }
}

private final class Log: Sendable {
    private let list = Locked<[Int]>([])
    func append(_ entry: Int) { list.withLock { $0.append(entry) } }
    var entries: [Int] { list.withLock { $0 } }
}

@Suite(.timeLimit(.minutes(10))) struct LanePoolTests {
    @Test("as many calls run at once as there are lanes, never more", arguments: [1, 2, 3])
    func boundedConcurrency(lanes: Int) async {
        let pool = LanePool(lanes: lanes, threads: 1, contexts: 1)
        #expect(pool.laneCount == lanes)
        let (gauge, arrived, leave) = (Gauge(), Gate(), Gate())
        let calls = TestThreads(8) {
            try? pool.withLane(stop: {}) { _ in
                gauge.enter()
                arrived.open()
                defer { gauge.leave() }
                return leave.pass()
            }
        }
        // As many as there are lanes meet inside.
        let met = await onThread { (0..<lanes).allSatisfy { _ in arrived.pass() } }
        #expect(met)
        leave.open(times: 8)
        #expect(await calls.results == [Bool](repeating: true, count: 8))
        #expect(gauge.total == 8)
        #expect(gauge.highest == lanes)
    }

    @Test("a lane is freed when its call fails")
    func failure() throws {
        let pool = LanePool(lanes: 1, threads: 1, contexts: 1)
        for _ in 0..<3 {
            let code = try errorCode { try pool.withLane(stop: {}) { _ in throw DeeperError(.cancelled, "stop") } }
            #expect(code == .cancelled)
        }
        #expect(try pool.withLane(stop: {}) { _ in 7 } == 7)
    }

    @Test("a caller that waits for a lane may give up, and then occupies none")
    func givingUp() async throws {
        let pool = LanePool(lanes: 1, threads: 1, contexts: 1)
        let (entered, leave) = (Gate(), Gate())
        let holder = TestThreads(1) {
            try? pool.withLane(stop: {}) { _ in
                entered.open()
                return leave.pass()
            }
        }
        #expect(await onThread { entered.pass() })
        let code = await onThread {
            try? errorCode {
                try pool.withLane(stop: { throw DeeperError(.cancelled, "enough") }) { _ in }
            }
        }
        #expect(code == .cancelled)
        leave.open()
        #expect(await holder.results == [true])
        #expect(try pool.withLane(stop: { throw DeeperError(.cancelled, "not asked") }) { _ in 5 } == 5)
    }

    @Test("no two calls hold the same lane at once")
    func exclusive() async {
        let pool = LanePool(lanes: 2, threads: 1, contexts: 1)
        let held = Holders()
        let collisions = await onThreads(4) {
            (0..<200).count { _ in
                let collided = try? pool.withLane(stop: {}) { lane in
                    defer { held.remove(lane) }
                    return !held.insert(lane)
                }
                return collided != false
            }
        }
        #expect(collisions == [0, 0, 0, 0])
    }

    @Test("a pool has at least one lane")
    func atLeastOne() throws {
        #expect(LanePool(lanes: 0, threads: 0, contexts: 0).laneCount == 1)
        #expect(try LanePool(lanes: -3, threads: 1, contexts: 1).withLane(stop: {}) { _ in true })
    }
}
