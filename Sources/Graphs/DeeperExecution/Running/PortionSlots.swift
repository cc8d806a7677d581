internal import DeeperKernels

/// The table slots of each worker for the operands of steps that run once per portion of a batch.
///
/// In the table, they come after the slots of all steps, which hold the addresses of the first portion.
struct PortionSlots {
    /// The number of slots of one worker.
    private let count: Int
    private let first: Int
    /// The operands whose address differs from portion to portion.
    private let moving: [(slot: Int, stride: Int)]

    /// Binds the operands that do not move: the worker's own memory, and constants.
    ///
    /// - Parameter first: the number of slots of all steps of the plan, which come before.
    init(_ plan: Plan, _ portions: Plan.Portions, _ table: OperandTable, first: Int, workers: Int) throws {
        let steps = plan.stages[portions.stageCount - 1].upperBound
        let operands = plan.steps[..<steps].flatMap(\.operands)
        self.count = operands.count
        self.first = first
        self.moving = operands.enumerated().compactMap { $1.portionStride == 0 ? nil : ($0, $1.portionStride) }
        for worker in 0..<workers {
            for (slot, operand) in operands.enumerated() where operand.portionStride == 0 {
                let own = first + worker * count + slot
                switch operand.location {
                case .arena(let offset): table.bind(own, toArenaOffset: offset + plan.blockShift(worker: worker))
                case .constant(let index): try table.bind(own, toConstant: plan.constants[index])
                // It must be empty, otherwise it would move.
                case .input, .output, .state: table.bind(own, to: slot, advancedBy: 0)
                }
            }
        }
    }

    /// The first of a worker's slots.
    func offset(ofWorker worker: Int) -> Int { first + worker * count }

    /// Binds a worker's slots to a portion.
    func bind(_ table: OperandTable, worker: Int, portion: Int) {
        let offset = offset(ofWorker: worker)
        for (slot, stride) in moving { table.bind(offset + slot, to: slot, advancedBy: portion * stride) }
    }
}
