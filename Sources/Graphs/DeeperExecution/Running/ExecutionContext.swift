internal import DeeperKernels
internal import DeeperTensors
internal import DeeperThreads

/// The addresses at which the runs of one plan find their operands in an arena.
///
/// Everything is bound when the context is made; a run only fills in the caller's inputs and outputs. A context serves
/// one run at a time.
final class ExecutionContext: WorkerTeam.Job, @unchecked Sendable {
    let plan: Plan
    /// The bytes of the arena that the plan uses.
    let memoryByteCount: Int
    private let table: OperandTable
    private let firstSlot: [Int]
    // The slots that change with every run.
    private let inputSlots: [(slot: Int, input: Int)]
    private let outputSlots: [(slot: Int, output: Int)]
    private let stateSlots: [(slot: Int, state: Int, offset: Int)]
    private let kernels: [any Kernel]
    private let faults = FaultFlag()
    /// For every step, the number of tiles of all earlier steps of its stage.
    private let firstTile: [Int]
    /// The offset of each worker's scratch in the arena, for each stage.
    private let scratch: [[Int]]
    private let portionSlots: PortionSlots?
    private var portionJob: PortionJob?
    private let runsSideBySide: Bool
    /// The steps that the workers are computing, and their stage.
    private var current = 0..<0
    private var currentStage = 0
    /// For those steps, the distance from an operand's own slot to the slot that is in effect.
    private var slotOffset = 0

    /// - Parameter arena: at least ``Plan/memoryByteCount(workers:)`` bytes, which nothing else uses during a run.
    /// - Throws: the error of reading a constant.
    init(plan: Plan, workers: Int, arena: AlignedStorage) throws {
        self.plan = plan
        self.memoryByteCount = plan.memoryByteCount(workers: workers)
        self.kernels = plan.steps.map(\.kernel)
        let slotCount = plan.steps.reduce(0) { $0 + $1.operands.count }
        self.table = OperandTable(
            slotCount: plan.portions == nil ? slotCount : slotCount * (1 + workers), arena: arena, faults: faults)
        var firstSlot: [Int] = []
        var inputSlots: [(slot: Int, input: Int)] = []
        var outputSlots: [(slot: Int, output: Int)] = []
        var stateSlots: [(slot: Int, state: Int, offset: Int)] = []
        var slot = 0
        for step in plan.steps {
            firstSlot.append(slot)
            for operand in step.operands {
                switch operand.location {
                case .arena(let offset): table.bind(slot, toArenaOffset: offset)
                case .constant(let index): try table.bind(slot, toConstant: plan.constants[index])
                case .input(let index): inputSlots.append((slot, index))
                case .output(let index): outputSlots.append((slot, index))
                case .state(let index, let offset): stateSlots.append((slot, index, offset))
                }
                slot += 1
            }
        }
        self.firstSlot = firstSlot
        var firstTile = [Int](repeating: 0, count: kernels.count)
        for stage in plan.stages {
            for step in stage.dropFirst() { firstTile[step] = firstTile[step - 1] + kernels[step - 1].tileCount }
        }
        self.firstTile = firstTile
        self.scratch = plan.scratch.indices.map { plan.scratchOffsets(ofStage: $0, workers: workers) }
        let runsSideBySide = plan.runsPortionsSideBySide(workers: workers)
        self.runsSideBySide = runsSideBySide
        self.portionSlots = try plan.portions.map { [table] in
            try PortionSlots(plan, $0, table, first: slotCount, workers: runsSideBySide ? workers : 1)
        }
        self.inputSlots = inputSlots
        self.outputSlots = outputSlots
        self.stateSlots = stateSlots
        if let portions = plan.portions, let portionSlots {
            self.portionJob = PortionJob(self, portions, portionSlots)
        }
    }

    /// Runs the plan. Allocates nothing, provided that nothing else holds a reference to the outputs.
    ///
    /// - Parameters:
    ///   - inputs, outputs: row-major tensors of the plan's types.
    ///   - states: memories that the plan's steps read and change.
    ///   - poisonsMemory: whether the arena and the outputs are filled with NaN before the run.
    ///   - stop: called between stages; an error that it throws ends the run.
    ///   - nanoseconds: unless empty, receives the time of every step.
    ///   - copies: if given, each step's copy runs just before the step, and `nanoseconds` receives the times of the
    ///     copies instead of the steps.
    func run(
        inputs: [Tensor], outputs: inout [Tensor], states: [FloatMemory], team: WorkerTeam, poisonsMemory: Bool,
        stop: () throws -> Void, nanoseconds: inout [UInt64], copies: StepCopies?
    ) throws {
        if poisonsMemory { try table.poison(arenaBytes: memoryByteCount, &outputs) }
        for entry in inputSlots { try table.bind(entry.slot, toInput: inputs[entry.input]) }
        for entry in outputSlots { try table.bind(entry.slot, toOutput: &outputs[entry.output]) }
        for entry in stateSlots { table.bind(entry.slot, toState: states[entry.state], at: entry.offset) }
        _ = faults.take()
        for step in nanoseconds.indices { nanoseconds[step] = 0 }
        if let portions = plan.portions, let portionSlots, let portionJob {
            var next = 0
            if nanoseconds.isEmpty, runsSideBySide {
                // The workers do not wait for each other after every stage.
                while portions.count - next >= team.size {
                    try stop()
                    portionJob.first = next
                    try team.run(portionJob, tiles: team.size)
                    try throwFault()
                    next += team.size
                }
            }
            slotOffset = portionSlots.offset(ofWorker: 0)
            defer { slotOffset = 0 }
            for portion in next..<portions.count {
                portionSlots.bind(table, worker: 0, portion: portion)
                try run(stages: 0..<portions.stageCount, team, stop, &nanoseconds, copies)
            }
        }
        try run(
            stages: (plan.portions?.stageCount ?? 0)..<plan.stages.count, team, stop, &nanoseconds, copies)
    }

    /// Runs stages one after the other, each on all workers.
    private func run(
        stages: Range<Int>, _ team: WorkerTeam, _ stop: () throws -> Void, _ nanoseconds: inout [UInt64],
        _ copies: StepCopies?
    ) throws {
        for number in stages {
            try stop()
            let stage = plan.stages[number]
            currentStage = number
            if nanoseconds.isEmpty {
                try run(stage, team)
            } else if let copies {
                for step in stage {
                    nanoseconds[step] += try copies.kernel(ofStep: step).map { try time($0, of: step, team) } ?? 0
                    try run(step..<step + 1, team)
                }
            } else {
                for step in stage {
                    let start = monotonicNanoseconds()
                    try run(step..<step + 1, team)
                    nanoseconds[step] += monotonicNanoseconds() - start
                }
            }
            try throwFault()
        }
    }

    private func throwFault() throws {
        guard faults.isRaised else { return }
        let step = plan.steps[faults.step]
        if let fault = faults.take() {
            throw DeeperError(.invalidInput, fault.message).within("node \"\(step.name)\" (\(step.operatorName))")
        }
    }

    /// Runs a range of steps of one stage.
    private func run(_ steps: Range<Int>, _ team: WorkerTeam) throws {
        current = steps
        let last = steps.upperBound - 1
        try team.run(self, tiles: firstTile[last] + kernels[last].tileCount - firstTile[steps.lowerBound])
    }

    /// Runs a step's copy and returns its time in nanoseconds.
    private func time(_ copy: OperandCopyKernel, of step: Int, _ team: WorkerTeam) throws -> UInt64 {
        let job = CopyJob(kernel: copy, table: table, slot: firstSlot[step] + slotOffset, step: step)
        let start = monotonicNanoseconds()
        try team.run(job, tiles: copy.tileCount)
        return monotonicNanoseconds() - start
    }

    private final class CopyJob: WorkerTeam.Job {
        let kernel: OperandCopyKernel
        let table: OperandTable
        let slot: Int
        let step: Int

        init(kernel: OperandCopyKernel, table: OperandTable, slot: Int, step: Int) {
            (self.kernel, self.table, self.slot, self.step) = (kernel, table, slot, step)
        }

        func run(tile: Int, worker: Int) {
            table.run(kernel, tile: tile, operandsFrom: slot, step: step, scratch: 0)
        }
    }

    func run(tile: Int, worker: Int) {
        let index = tile + firstTile[current.lowerBound]
        var step = current.upperBound - 1
        while firstTile[step] > index { step -= 1 }
        table.run(
            kernels[step], tile: index - firstTile[step], operandsFrom: firstSlot[step] + slotOffset, step: step,
            scratch: scratch[currentStage][worker])
    }

    /// A range of portions of a batch, each computed by one worker from its first step to its last.
    private final class PortionJob: WorkerTeam.Job, @unchecked Sendable {
        private unowned let context: ExecutionContext
        private let portions: Plan.Portions
        private let slots: PortionSlots
        /// The portion that tile 0 computes.
        var first = 0

        init(_ context: ExecutionContext, _ portions: Plan.Portions, _ slots: PortionSlots) {
            (self.context, self.portions, self.slots) = (context, portions, slots)
        }

        func run(tile: Int, worker: Int) {
            slots.bind(context.table, worker: worker, portion: first + tile)
            for stage in 0..<portions.stageCount {
                for step in context.plan.stages[stage] {
                    let kernel = context.kernels[step]
                    for tile in 0..<kernel.tileCount {
                        context.table.run(
                            kernel, tile: tile,
                            operandsFrom: context.firstSlot[step] + slots.offset(ofWorker: worker), step: step,
                            scratch: context.scratch[stage][worker])
                    }
                }
            }
        }
    }
}
