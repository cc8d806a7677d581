#if Server
internal import DeeperKernels

/// Time since some fixed moment, as a number to reckon with.
func nanosecondsNow() -> Int { Int(monotonicNanoseconds()) }
#endif
