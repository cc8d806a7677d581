import Tensors

extension SeededGenerator {
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
        var generator = SeededGenerator(seed: seed)
        let values = bytes.bindMemory(to: Float.self)
        for index in values.indices { values[index] = bound * generator.nextSigned() }
    }
}
