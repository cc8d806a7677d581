internal import CDeeperKernels

/// Dropout in training: Y = X / (1 - ratio), or 0 with probability `ratio`. The same kernel computes dX from dY.
///
/// The mask is a function of (seed, layer, step, element) and is never stored. Operands: X, the step's number (int64), Y.
public final class DropoutKernel: Kernel {
    public var report: KernelReport { KernelReport("dropout") }
    public let tileCount: Int
    private let count: Int
    private let threshold: UInt32
    private let scale: Float
    private let seed: UInt64
    private let adds: Bool
    private let loops: VectorLoops

    /// - Parameters:
    ///   - count: the number of elements, which are dense.
    ///   - ratio: the share of elements that is set to zero, 0..<1.
    ///   - seed: the seed of this layer.
    ///   - adds: whether the result is added to the contents of Y.
    public init(count: Int, ratio: Float, seed: UInt64, adds: Bool, options: KernelOptions) {
        precondition(ratio >= 0 && ratio < 1)
        self.count = count
        self.threshold = UInt32(Double(ratio) * 4_294_967_296)
        self.scale = 1 / (1 - ratio)
        self.seed = seed
        self.adds = adds
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = streamingTileCount(elements: count, rows: count)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let step = operands[1].assumingMemoryBound(to: Int64.self)[0]
        let range = partition(count, part: tile, of: tileCount)
        loops.table.dropout(
            operands.floats(2) + range.lowerBound, operands.floats(0) + range.lowerBound, range.count,
            UInt32(truncatingIfNeeded: range.lowerBound),
            mixed(seed &+ UInt64(bitPattern: step) &* 0x9E37_79B9_7F4A_7C15),
            threshold, scale, adds ? 1 : 0)
    }

    /// The finaliser of SplitMix64: keys of neighbouring steps have no common pattern.
    private func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
