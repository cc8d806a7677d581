@_exported public import struct DeeperTensors.SeededGenerator

extension SeededGenerator {
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
