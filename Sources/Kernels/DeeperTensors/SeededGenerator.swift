/// A pseudorandom number generator that gives the same numbers for the same seed on every system: SplitMix64 (Steele,
/// Lea, Flood: Fast splittable pseudorandom number generators, 2014).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator; equal seeds give equal numbers.
    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension SeededGenerator {
    /// A random multiple of 2^-23 in -1..<1, all of them equally likely.
    public mutating func nextSigned() -> Float { Float(Int64(bitPattern: next()) >> 40) * 0x1p-23 }
}

/// The FNV-1a hash of the UTF-8 bytes, which is the same in every process, unlike that of `Hasher`.
public func stableHash(of text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
}
