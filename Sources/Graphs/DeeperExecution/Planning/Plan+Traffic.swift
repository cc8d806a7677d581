internal import DeeperGraphs
internal import DeeperKernels
internal import DeeperTensors

extension Plan.Step {
    /// Whether the step multiplies and accumulates, as convolutions, matrix products, attention and recurrent layers
    /// do. All other steps only move or combine their operands, and should take little longer than copying them.
    public var multiplies: Bool { macCount > 0 }

    /// The bytes that one run of the step's kernel reads and writes: its operands, and the weights and tables that the
    /// kernel keeps. Of an operand that is read only in part, that part counts; a value that is read twice counts once.
    public var movedByteCount: Int {
        let tables = (kernel as? any SelectiveKernel)?.tableByteCount ?? 0
        return saturatingSum(
            (reads + writes).lazy.map(\.byteCount) + [kernel.report.preparedByteCount, tables])
    }

    /// The operands that a copy of the step's traffic reads: those that the step reads or, if there are none, those
    /// that it writes.
    var copySources: [OperandCopyKernel.Source] {
        let reads = reads.filter { $0.byteCount > 0 }
        return reads.isEmpty ? writes.filter { $0.byteCount > 0 } : reads
    }

    private var reads: [OperandCopyKernel.Source] {
        var seen: Set<Plan.Location> = []
        return operands.indices.filter { operands[$0].isRead && seen.insert(operands[$0].location).inserted }.map {
            let whole = operands[$0].descriptor.type.byteCount
            let touched = (kernel as? any SelectiveKernel)?.touchedByteCount(ofOperand: $0)
            return .init(operand: $0, byteCount: min(whole, touched ?? whole))
        }
    }

    private var writes: [OperandCopyKernel.Source] {
        operands.indices.filter { operands[$0].isWritten }.map {
            .init(operand: $0, byteCount: operands[$0].descriptor.type.byteCount)
        }
    }
}
