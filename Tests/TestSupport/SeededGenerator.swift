/// SplitMix64: the same numbers for the same seed on every system.
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Small whole numbers, `-bound...bound`: their products and sums are exact in float32, so that results do not
    /// depend on the order of additions and may be compared for equality.
    public mutating func wholeFloats(_ count: Int, bound: Int = 4) -> [Float] {
        (0..<count).map { _ in Float(Int(truncatingIfNeeded: next() >> 33) % (2 * bound + 1) - bound) }
    }

    /// Multiples of 2^-24 in -1..<1.
    public mutating func floats(_ count: Int) -> [Float] {
        (0..<count).map { _ in Float(Int32(truncatingIfNeeded: next()) >> 7) * 0x1p-24 }
    }
}
