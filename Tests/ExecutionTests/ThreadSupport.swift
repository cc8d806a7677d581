import Foundation

/// Runs `body` on so many threads of its own at once, which may block without holding up the tests' threads.
func onThreads<Result: Sendable>(_ count: Int, _ body: @escaping @Sendable () -> Result) async -> [Result] {
    let results = Collector<Result>()
    return await withCheckedContinuation { continuation in
        for _ in 0..<count {
            Thread { if let all = results.add(body(), of: count) { continuation.resume(returning: all) } }.start()
        }
    }
}

/// Runs `body` on a thread of its own.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    await onThreads(1, body)[0]
}

private final class Collector<Result: Sendable>: Sendable {
    private let results = Locked<[Result]>([])

    /// All results, for the last one to come.
    func add(_ result: Result, of count: Int) -> [Result]? {
        results.withLock {
            $0.append(result)
            return $0.count == count ? $0 : nil
        }
    }
}

/// A value behind a lock that ThreadSanitizer knows, which it does not know the standard library's Mutex to be.
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

    /// Waits for one opening; false if none came within twenty seconds.
    @discardableResult
    func pass() -> Bool { semaphore.wait(timeout: .now() + 20) == .success }
}
