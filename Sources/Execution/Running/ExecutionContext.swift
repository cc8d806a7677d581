internal import Glibc
internal import Kernels
internal import Tensors

/// The memory of one run of one plan: arena, workers' scratch, and the table of operand addresses.
///
/// Everything is reserved when the context is made; a run only fills in the caller's inputs and outputs. One run at a
/// time.
final class ExecutionContext: WorkerTeam.Job, @unchecked Sendable {
    let plan: Plan
    private let arena: AlignedStorage
    private let scratch: AlignedStorage
    private let scratchStride: Int
    private let table: UnsafeMutablePointer<UnsafeMutableRawPointer>
    private let firstOperand: [Int]
    // Table entries that change with every run.
    private let inputSlots: [(slot: Int, input: Int)]
    private let outputSlots: [(slot: Int, output: Int)]
    private let kernels: [any Kernel]
    private let faults = FaultFlag()
    private var current = 0

    /// - Throws: `limitExceeded` if memory is refused.
    init(plan: Plan, workers: Int) throws {
        self.plan = plan
        self.kernels = plan.steps.map(\.kernel)
        self.arena = try AlignedStorage(byteCount: plan.arenaByteCount)
        self.scratchStride = (plan.scratchByteCount + 63) / 64 * 64
        self.scratch = try AlignedStorage(byteCount: scratchStride * workers)
        let count = plan.steps.reduce(0) { $0 + $1.operands.count }
        self.table = .allocate(capacity: max(count, 1))
        // AlignedStorage is never empty.
        let base = arena.mutableBytes.baseAddress!
        var firstOperand: [Int] = []
        var inputSlots: [(slot: Int, input: Int)] = []
        var outputSlots: [(slot: Int, output: Int)] = []
        var slot = 0
        for step in plan.steps {
            firstOperand.append(slot)
            for operand in step.operands {
                var address = base
                switch operand {
                case .arena(let offset): address = base + offset
                case .constant(let index):
                    // Constants live as long as the plan, and kernels only read them.
                    address = plan.constants[index].withUnsafeBytes {
                        UnsafeMutableRawPointer(mutating: $0.baseAddress!)
                    }
                case .input(let index): inputSlots.append((slot, index))
                case .output(let index): outputSlots.append((slot, index))
                }
                (table + slot).initialize(to: address)
                slot += 1
            }
        }
        self.firstOperand = firstOperand
        self.inputSlots = inputSlots
        self.outputSlots = outputSlots
    }

    deinit { table.deallocate() }

    /// Runs the plan. Allocates nothing.
    ///
    /// - Parameters:
    ///   - inputs, outputs: addresses of row-major values of the plan's types.
    ///   - stop: asked between steps; an error ends the run.
    ///   - nanoseconds: receives the time of every step, if given.
    func run(
        inputs: UnsafeBufferPointer<UnsafeRawPointer>, outputs: UnsafeBufferPointer<UnsafeMutableRawPointer>,
        team: WorkerTeam, stop: () throws -> Void, nanoseconds: UnsafeMutableBufferPointer<UInt64>? = nil
    ) throws {
        for entry in inputSlots { table[entry.slot] = UnsafeMutableRawPointer(mutating: inputs[entry.input]) }
        for entry in outputSlots { table[entry.slot] = outputs[entry.output] }
        _ = faults.take()
        for step in kernels.indices {
            try stop()
            current = step
            let start = nanoseconds == nil ? 0 : monotonicNanoseconds()
            try team.run(self, tiles: kernels[step].tileCount)
            if let nanoseconds { nanoseconds[step] = monotonicNanoseconds() - start }
            if faults.isRaised, let fault = faults.take() {
                throw DeeperError(.invalidInput, fault.message)
                    .within("node \"\(plan.steps[step].name)\" (\(plan.steps[step].operatorName))")
            }
        }
    }

    func run(tile: Int, worker: Int) {
        let step = current
        kernels[step].run(
            tile: tile, operands: Operands(UnsafePointer(table + firstOperand[step]), faults: faults),
            scratch: Scratch(scratch.mutableBytes.baseAddress! + worker * scratchStride))
    }
}

/// Time since some fixed moment.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
