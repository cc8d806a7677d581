#if Server
internal import DeeperThreads

/// Time since some fixed moment, as a number to reckon with.
func nanosecondsNow() -> Int { Int(monotonicNanoseconds()) }
#endif
