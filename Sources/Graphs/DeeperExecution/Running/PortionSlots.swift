internal import DeeperKernels

/// The operands of the steps that run once for each portion of a batch, as each worker sees them.
///
/// In the table, they come after the slots of all steps, which say where the first portion begins.
struct PortionSlots {
    /// Slots of one worker.
    private let count: Int
    private let first: Int
    /// Operands that lie elsewhere for every portion.
    private let moving: [(slot: Int, stride: Int)]

    /// Binds what stays where it is: memory of the worker's own, and constants.
    ///
    /// - Parameter first: the slots of all steps of the plan.
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
                // Empty, or it would move.
                case .input, .output, .state: table.bind(own, to: slot, advancedBy: 0)
                }
            }
        }
    }

    /// Where a worker's slots begin.
    func offset(ofWorker worker: Int) -> Int { first + worker * count }

    /// Binds a worker's slots to a portion.
    func bind(_ table: OperandTable, worker: Int, portion: Int) {
        let offset = offset(ofWorker: worker)
        for (slot, stride) in moving { table.bind(offset + slot, to: slot, advancedBy: portion * stride) }
    }
}
