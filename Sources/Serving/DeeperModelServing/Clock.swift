#if Server
internal import DeeperThreads

/// The time since some fixed moment, in nanoseconds.
func nanosecondsNow() -> Int { Int(monotonicNanoseconds()) }
#endif
