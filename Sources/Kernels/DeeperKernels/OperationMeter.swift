internal import Synchronization

/// What a kernel executed, counted call by call where it hands its work to the loops.
public struct ExecutedOperations: Sendable, Hashable, Codable {
    /// Calls of a product, an OpenBLAS call or a row of windows.
    public var calls = 0
    /// Multiply-accumulates of direct computation, those below included.
    public var macs = 0
    /// Of these, with the zero columns that fill a panel of weights up.
    public var paddingMacs = 0
    /// Of these, for rows that two neighbouring bands need and both make.
    public var repeatedMacs = 0
    /// Multiply-accumulates that were not executed: with a picture's zero padding, and for rows that nobody reads.
    public var skippedMacs = 0
    /// Multiplications of Winograd's products, zero columns left out.
    public var winogradMultiplications = 0
    /// Multiplications with zero columns.
    public var winogradPadding = 0
    /// Additions and subtractions of Winograd's transforms of input and output.
    public var transformAdditions = 0
    /// Multiplications by constants there.
    public var transformMultiplications = 0
    /// Bytes written by im2col and by copies with padding.
    public var copiedBytes = 0

    public init() {}

    /// The multiply-accumulates that the convolution's formula counts, of what was computed directly.
    public var formulaMacs: Int { macs - paddingMacs - repeatedMacs + skippedMacs }

    public static func + (a: ExecutedOperations, b: ExecutedOperations) -> ExecutedOperations {
        var sum = ExecutedOperations()
        for part: WritableKeyPath<ExecutedOperations, Int> in [
            \.calls, \.macs, \.paddingMacs, \.repeatedMacs, \.skippedMacs, \.winogradMultiplications,
            \.winogradPadding, \.transformAdditions, \.transformMultiplications, \.copiedBytes,
        ] {
            sum[keyPath: part] = a[keyPath: part] + b[keyPath: part]
        }
        return sum
    }

    enum CodingKeys: String, CodingKey {
        case calls, macs
        case paddingMacs = "padding_macs"
        case repeatedMacs = "repeated_macs"
        case skippedMacs = "skipped_macs"
        case winogradMultiplications = "winograd_multiplications"
        case winogradPadding = "winograd_padding"
        case transformAdditions = "transform_additions"
        case transformMultiplications = "transform_multiplications"
        case copiedBytes = "copied_bytes"
    }
}

/// Adds up what one kernel executes, on all threads.
public final class OperationMeter: Sendable {
    private let total = Mutex(ExecutedOperations())

    func add(_ change: (inout ExecutedOperations) -> Void) { total.withLock { change(&$0) } }

    /// What was executed since the last call.
    public func take() -> ExecutedOperations {
        total.withLock { total in
            defer { total = ExecutedOperations() }
            return total
        }
    }

    /// Depthwise windows: taps inside the picture, of all.
    func addWindows(_ taps: Int, of all: Int, channels: Int) {
        add {
            $0.calls += 1
            $0.macs += taps * channels
            $0.skippedMacs += (all - taps) * channels
        }
    }
}
