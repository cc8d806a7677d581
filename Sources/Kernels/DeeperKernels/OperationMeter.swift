internal import Synchronization

/// The operations that a kernel has executed, counted for each call of the vector loops or of a library.
public struct ExecutedOperations: Sendable, Hashable, Codable {
    /// The number of calls; each computes a packed product, an OpenBLAS product or a row of windows.
    public var calls = 0
    /// Multiply-accumulates of direct computation, including those of ``paddingMacs`` and ``repeatedMacs``.
    public var macs = 0
    /// The part of ``macs`` with zero columns that pad a panel of weights.
    public var paddingMacs = 0
    /// The part of ``macs`` for rows that two neighbouring bands need and that both compute.
    public var repeatedMacs = 0
    /// Multiply-accumulates that were not executed: those with a picture's zero padding, and for rows that are not
    /// read.
    public var skippedMacs = 0
    /// Multiplications of Winograd products, without those with zero columns.
    public var winogradMultiplications = 0
    /// Multiplications of Winograd products with zero columns.
    public var winogradPadding = 0
    /// Additions and subtractions of the Winograd transforms of input and output.
    public var transformAdditions = 0
    /// Multiplications by constants in these transforms.
    public var transformMultiplications = 0
    /// Bytes written by im2col and by copies with padding.
    public var copiedBytes = 0

    public init() {}

    /// The multiply-accumulates by the convolution's formula, for the parts that were computed directly.
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

/// Counts the operations that one kernel executes, on all threads.
public final class OperationMeter: Sendable {
    private let total = Mutex(ExecutedOperations())

    func add(_ change: (inout ExecutedOperations) -> Void) { total.withLock { change(&$0) } }

    /// Returns the operations since the last call.
    public func take() -> ExecutedOperations {
        total.withLock { total in
            defer { total = ExecutedOperations() }
            return total
        }
    }

    /// Adds depthwise windows: the number of taps inside the picture, and of all taps.
    func addWindows(_ taps: Int, of all: Int, channels: Int) {
        add {
            $0.calls += 1
            $0.macs += taps * channels
            $0.skippedMacs += (all - taps) * channels
        }
    }
}
