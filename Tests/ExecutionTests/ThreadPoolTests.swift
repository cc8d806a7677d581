import DeeperTestSupport
import DeeperThreads
import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct ThreadPoolTests {
    /// Numbers to add up, guarded by the pool's lock.
    private final class Numbers: @unchecked Sendable {
        let pool: ThreadPool
        let sum = Locked(0)
        let ended = Gate()
        private var waiting: [Int] = []
        private var isClosed = false
        private(set) var mostBusy = 0
        private(set) var waits = 0

        init(threads: Int) { pool = ThreadPool(name: "pool-test", threads: threads) }

        func add(_ number: Int) throws {
            try pool.withLock {
                try pool.prepare(forOneMoreThan: waiting.count) { self.next() }
                waiting.append(number)
                pool.wake()
            }
        }

        func close() {
            pool.withLock {
                isClosed = true
                pool.wake()
            }
        }

        private func next() -> ThreadPool.Step {
            mostBusy = max(mostBusy, pool.busyCount)
            if let number = waiting.popLast() { return .work { self.sum.withLock { $0 += number } } }
            if isClosed {
                ended.open()
                return .end
            }
            waits += 1
            return .wait(nanoseconds: 1_000_000)
        }
    }

    @Test(
        "all work is done on no more threads than allowed, and threads end when they are told to", arguments: [1, 3])
    func work(threads: Int) async throws {
        let numbers = Numbers(threads: threads)
        for number in 1...500 { try numbers.add(number) }
        numbers.close()
        let started = numbers.pool.withLock { numbers.pool.busyCount }
        #expect((0...threads).contains(started))
        #expect(await onThread { numbers.ended.pass() })
        while numbers.sum.withLock({ $0 }) != 500 * 501 / 2 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(numbers.mostBusy <= threads)
    }

    @Test("a thread that waits for a limited time checks again when it is over, even if nobody woke it")
    func waiting() async throws {
        let numbers = Numbers(threads: 1)
        try numbers.add(1)
        while numbers.pool.withLock({ numbers.waits }) < 3 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(numbers.sum.withLock { $0 } == 1)
        numbers.close()
        #expect(await onThread { numbers.ended.pass() })
    }
}
