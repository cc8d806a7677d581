import Tensors

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
struct SplitMix64 {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A multiple of 2^-23 in -1..<1, all of them equally likely.
    mutating func nextSigned() -> Float { Float(Int64(bitPattern: next()) >> 40) * 0x1p-23 }
}

/// FNV-1a over the UTF-8 bytes: `Hasher` gives other values in every process.
func stableHash(of text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
}

/// A float32 tensor of uniform random numbers with mean 0; variance 0 gives zeros.
///
/// Only operations that IEEE 754 rounds exactly go into it, so that its bits are the same everywhere.
func uniformTensor(_ shape: Shape, variance: Double, seed: UInt64) throws -> Tensor {
    try Tensor(.float32, shape: shape) { bytes in
        guard variance > 0 else { return }
        let bound = Float((3 * variance).squareRoot())
        var generator = SplitMix64(seed: seed)
        let values = bytes.bindMemory(to: Float.self)
        for index in values.indices { values[index] = bound * generator.nextSigned() }
    }
}
