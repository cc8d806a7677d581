internal import Glibc

/// A lock and a condition to wait for under it.
///
/// Not Foundation's NSCondition: it alone would bring all of Foundation, with its tables of languages, into every
/// process that links the engine.
public final class Monitor: @unchecked Sendable {
    // Allocated: the system wants them at one address for life.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    public init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // Waits with a limit should not follow the wall clock when somebody sets it.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    public func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Gives the lock back until somebody calls ``broadcast()``, perhaps for nothing.
    ///
    /// - Precondition: called within ``withLock(_:)``.
    public func wait() { pthread_cond_wait(condition, mutex) }

    /// As ``wait()``, but no longer than so many milliseconds.
    public func wait(milliseconds: Int) { wait(nanoseconds: milliseconds * 1_000_000) }

    /// As ``wait()``, but no longer than so many nanoseconds.
    public func wait(nanoseconds: Int) {
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        let fraction = end.tv_nsec + nanoseconds % 1_000_000_000
        end.tv_sec += nanoseconds / 1_000_000_000 + fraction / 1_000_000_000
        end.tv_nsec = fraction % 1_000_000_000
        pthread_cond_timedwait(condition, mutex, &end)
    }

    /// Wakes all who wait.
    public func broadcast() { pthread_cond_broadcast(condition) }
}
