internal import CDeeperKernels
internal import DeeperTensors

/// Y = clamp(X) over float32 operands whose elements lie at the same offsets: ReLU and Clip.
public final class ClampKernel: Kernel {
    public let lowering = "clamp"
    public let tileCount: Int
    private let count: Int
    private let range: ClampRange
    private let loops: VectorLoops

    public init(count: Int, range: ClampRange, options: KernelOptions) {
        self.count = count
        self.range = range
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = streamingTileCount(elements: count, rows: count)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let part = partition(count, part: tile, of: tileCount)
        loops.table.bias_clamp(
            operands.floats(1) + part.lowerBound, 0, operands.floats(0) + part.lowerBound, 0, 1, part.count, nil,
            range.lower, range.upper)
    }
}
