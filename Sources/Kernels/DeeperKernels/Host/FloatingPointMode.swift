internal import CDeeperKernels

/// The floating-point mode that all of deeper's arithmetic runs in, whatever mode its caller's thread is in: round to
/// nearest, no traps, and subnormal numbers taken for zero, as operands and as results.
///
/// Subnormal numbers cost up to two hundred cycles each, and trained models hold thousands of them; a network's
/// answer never depends on numbers below 1.2e-38.
public enum FloatingPointMode {
    /// Sets the mode on the calling thread for good: for threads that do nothing but compute.
    public static func enter() { _ = ck_enter_computing_mode() }

    /// Does work in the mode and restores the calling thread's own.
    @inline(__always)
    public static func during<Result, Failure: Error>(
        _ work: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let previous = ck_enter_computing_mode()
        defer { ck_restore_mode(previous) }
        return try work()
    }
}
