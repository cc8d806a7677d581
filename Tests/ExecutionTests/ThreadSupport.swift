import Foundation

/// Threads of a test's own, which may block without holding up the tests' threads.
///
/// They run as soon as this is made: a child task would first wait for the cooperative pool, which other tests may
/// keep busy for minutes.
final class TestThreads<Result: Sendable>: Sendable {
    private struct State {
        var results: [Result] = []
        var waiter: CheckedContinuation<[Result], Never>?
    }
    private let state = Locked(State())
    private let count: Int

    init(_ count: Int, _ body: @escaping @Sendable () -> Result) {
        self.count = count
        for _ in 0..<count { Thread { self.add(body()) }.start() }
    }

    /// What the threads returned, once all have; may be asked for once.
    var results: [Result] {
        get async {
            await withCheckedContinuation { continuation in
                let all = state.withLock {
                    if $0.results.count < count { $0.waiter = continuation }
                    return $0.results
                }
                if all.count == count { continuation.resume(returning: all) }
            }
        }
    }

    private func add(_ result: Result) {
        let (waiter, all) = state.withLock {
            $0.results.append(result)
            return ($0.results.count == count ? $0.waiter : nil, $0.results)
        }
        waiter?.resume(returning: all)
    }
}

/// Runs `body` on so many threads at once.
func onThreads<Result: Sendable>(_ count: Int, _ body: @escaping @Sendable () -> Result) async -> [Result] {
    await TestThreads(count, body).results
}

/// Runs `body` on a thread of its own.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    await onThreads(1, body)[0]
}

/// A value guarded by a lock that ThreadSanitizer recognises, unlike the standard library's Mutex.
final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}

/// A gate that threads wait at until it is opened.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open(times: Int = 1) { for _ in 0..<times { semaphore.signal() } }

    /// Waits for one opening; false if none came within five minutes, which no busy machine needs.
    @discardableResult
    func pass() -> Bool { semaphore.wait(timeout: .now() + 300) == .success }
}
