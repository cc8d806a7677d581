internal import Glibc

/// A lock with a condition variable.
///
/// Foundation's NSCondition is not used because it alone would add all of Foundation, with its language tables, to
/// every process that links the engine.
public final class Monitor: @unchecked Sendable {
    // Allocated, because the system requires them at a fixed address.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    public init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // Waits with a time limit must not be affected by changes of the wall clock.
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

    /// Releases the lock until ``broadcast()`` is called. It may also return without a reason.
    ///
    /// - Precondition: called within ``withLock(_:)``.
    public func wait() { pthread_cond_wait(condition, mutex) }

    /// As ``wait()``, but at most for the given number of milliseconds.
    public func wait(milliseconds: Int) { wait(nanoseconds: milliseconds * 1_000_000) }

    /// As ``wait()``, but at most for the given number of nanoseconds.
    public func wait(nanoseconds: Int) {
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        let fraction = end.tv_nsec + nanoseconds % 1_000_000_000
        end.tv_sec += nanoseconds / 1_000_000_000 + fraction / 1_000_000_000
        end.tv_nsec = fraction % 1_000_000_000
        pthread_cond_timedwait(condition, mutex, &end)
    }

    /// Wakes all waiting threads.
    public func broadcast() { pthread_cond_broadcast(condition) }
}
