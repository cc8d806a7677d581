internal import Foundation

/// Which tests run: `make test` sets `DEEPER_TEST_TIER` to `fast` for the unoptimised build.
public enum TestTier {
    public static let runsHeavyTests = ProcessInfo.processInfo.environment["DEEPER_TEST_TIER"] != "fast"

    /// The comment of a skipped test.
    public static let absence = "heavy; leave DEEPER_TEST_TIER unset to run it"
}
