#if Server
internal import Glibc

/// Time since some fixed moment.
func monotonicNanoseconds() -> Int { time(CLOCK_MONOTONIC) }

/// Time since 1970.
func wallMilliseconds() -> Int { time(CLOCK_REALTIME) / 1_000_000 }

private func time(_ clock: clockid_t) -> Int {
    var time = timespec()
    clock_gettime(clock, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
#endif
