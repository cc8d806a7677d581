internal import CDeeperKernels

/// The features of a CPU beyond its architecture's baseline, by the names that compilers use: "avx2", "avx512vnni",
/// "neon" ...
public struct CPUFeatures: OptionSet, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The features of this CPU, among those that deeper knows.
    public static var host: CPUFeatures { CPUFeatures(rawValue: ck_host_features()) }

    /// The features' names.
    public var names: [String] {
        (0..<UInt32(UInt64.bitWidth)).compactMap { bit in
            rawValue >> bit & 1 == 1 ? ck_feature_name(bit).map { String(cString: $0) } ?? "bit \(bit)" : nil
        }
    }

    public var description: String { names.joined(separator: " ") }
}
