internal import CDeeperKernels

/// The floating-point mode of all of deeper's arithmetic, independent of the mode of the calling thread: round to
/// nearest, no traps, and subnormal numbers, both operands and results, are treated as zero.
///
/// Subnormal numbers cost up to two hundred cycles each, and trained models contain thousands of them; a network's
/// result never depends on numbers below 1.2e-38.
public enum FloatingPointMode {
    /// Sets the mode on the calling thread permanently: for threads that only compute.
    public static func enter() { _ = ck_enter_computing_mode() }

    /// Runs `body` in the mode, then restores the mode of the calling thread.
    @inline(__always)
    public static func during<Result, Failure: Error>(
        _ work: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let previous = ck_enter_computing_mode()
        defer { ck_restore_mode(previous) }
        return try work()
    }
}
