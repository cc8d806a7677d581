internal import Foundation

/// The processor time that the calling thread has taken so far: a busy machine does not lengthen it, as it does time on the
/// wall.
public func threadProcessorTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
