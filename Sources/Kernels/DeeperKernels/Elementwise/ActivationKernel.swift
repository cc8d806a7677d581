internal import CDeeperKernels
internal import DeeperTensors

/// Y = clamp(activation(X)) over float32 operands whose elements lie at the same offsets: for an activation that no kernel in
/// front of it takes over.
public final class ActivationKernel: Kernel {
    public let report: KernelReport
    public let tileCount: Int
    private let count: Int
    private let values: EpilogueValues
    private let loops: VectorLoops

    /// - Precondition: the activation is the same for all elements: not PReLU.
    public init(count: Int, _ activation: Activation = .identity, clamp: ClampRange = .unbounded, options: KernelOptions)
    {
        if case .prelu = activation { preconditionFailure("elements have no columns") }
        self.report = KernelReport(activation == .identity ? "clamp" : "activation")
        self.count = count
        self.values = EpilogueValues(Epilogue(activation: activation, clamp: clamp), columns: 0)
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = streamingTileCount(elements: count, rows: count)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let part = partition(count, part: tile, of: tileCount)
        var epilogue = values.from(0)
        loops.table.finish(
            operands.floats(1) + part.lowerBound, 0, operands.floats(0) + part.lowerBound, 0, 1, part.count, &epilogue)
    }
}
