internal import DeeperGraphs
public import DeeperKernels
public import DeeperTensors
internal import Synchronization

/// A network prepared for one set of input shapes: kernels with packed weights, and the place of every value.
///
/// Immutable, so any number of runs may share it; what a run writes lies in its ``ExecutionContext``.
public final class Plan: Sendable {
    /// Where an operand's bytes are.
    public enum Location: Sendable, Hashable {
        /// Bytes from the start of the arena.
        case arena(Int)
        /// An entry of ``Plan/constants``.
        case constant(Int)
        /// An input of the run, as the caller holds it.
        case input(Int)
        /// An output of the run.
        case output(Int)
        /// Memory that outlives the run, as the caller holds it, from a float on.
        case state(Int, offset: Int)
    }

    /// What a step reads or writes: where it begins, and where its elements lie from there on.
    public struct Operand: Sendable {
        public let location: Location
        public let descriptor: TensorDescriptor
        public let isRead: Bool
        public let isWritten: Bool
        /// Of a step that runs once a portion: bytes from what one portion touches to what the next does.
        let portionStride: Int
    }

    /// One kernel and its operands.
    public struct Step: Sendable {
        public let name: String
        public let operatorName: String
        public let kernel: any Kernel
        public let operands: [Operand]
        /// Multiply-accumulates of one run of the plan.
        public let macCount: Int
        /// How often a run of the plan runs the kernel: once for each portion of the batch that its operands describe.
        public let runCount: Int
        /// Type of the first output, for reports.
        public let outputType: TensorType
    }

    public struct Port: Sendable {
        public let name: String
        public let type: TensorType
    }

    public let steps: [Step]
    /// Runs of steps that do not depend on each other: their tiles are shared out together.
    public let stages: [Range<Int>]
    public let inputs: [Port]
    public let outputs: [Port]
    public let constants: [Tensor]
    /// Bytes of all values of one run.
    public var arenaByteCount: Int { memory.arenaByteCount }
    /// What the workers' private memory during a stage is placed by.
    struct Scratch: Sendable {
        /// The stage, as lifetimes number them.
        let stage: Int
        /// Of each worker.
        let byteCount: Int
    }
    let scratch: [Scratch]

    /// The first stages of a plan, if they run once for each portion of a batch.
    public struct Portions: Sendable {
        /// Portions of the batch.
        public let count: Int
        /// How many of the plan's stages, from the first on.
        public let stageCount: Int
        /// The part of the arena that holds what a portion leaves to no later stage, and a worker's scratch.
        let block: Range<Int>
        /// Where the scratch of each stage begins.
        let scratch: [Int]
    }
    public let portions: Portions?

    /// Bytes of the cache that the cores of a usual server share.
    private static let sharedCacheByteCount = 32 << 20

    /// Whether every worker should compute portions of its own; else all work on one, because there are too few or the
    /// shared cache holds one and no more.
    func runsPortionsSideBySide(workers: Int) -> Bool {
        guard let portions, workers > 1, portions.count >= workers else { return false }
        let one = saturatingSum([weightByteCount, portions.block.count])
        let all = saturatingSum([weightByteCount, saturatingProduct(portions.block.count, workers)])
        return one > Plan.sharedCacheByteCount || all <= Plan.sharedCacheByteCount
    }

    /// Bytes from the first worker's block to another worker's. All blocks except for the first come after the arena.
    func blockShift(worker: Int) -> Int {
        guard let portions, worker > 0 else { return 0 }
        return arenaByteCount - portions.block.lowerBound + (worker - 1) * portions.block.count
    }
    /// Lifetimes and offsets that the arena was made from.
    public let buffers: [BufferLifetime]
    public var offsets: [Int] { memory.offsets }
    private let memory: MemoryPlan
    /// How many memories that outlive runs the steps use.
    public let stateCount: Int
    /// Inputs whose values the plan was made for; a run with other values needs another plan.
    public let fixedInputs: [Int: Tensor]

    private let retired = Atomic<Bool>(false)

    init(
        steps: [Step], stages: [Range<Int>], inputs: [Port], outputs: [Port], constants: [Tensor], memory: MemoryPlan,
        buffers: [BufferLifetime], scratch: [Scratch], portions: Portions?, fixedInputs: [Int: Tensor], stateCount: Int
    ) {
        self.steps = steps
        self.stages = stages
        self.inputs = inputs
        self.outputs = outputs
        self.constants = constants
        self.weightByteCount =
            steps.reduce(0) { $0 + $1.kernel.report.preparedByteCount } + constants.reduce(0) { $0 + $1.byteCount }
        self.scratch = scratch
        self.portions = portions
        self.buffers = buffers
        self.memory = memory
        self.fixedInputs = fixedInputs
        self.stateCount = stateCount
    }

    /// Says that no new call will use the plan: working memory kept for it may go.
    public func retire() { retired.store(true, ordering: .relaxed) }
    var isRetired: Bool { retired.load(ordering: .relaxed) }

    /// Where every worker's scratch of a stage begins in the arena: between or after the values that are alive, or in the
    /// worker's own block.
    func scratchOffsets(ofStage index: Int, workers: Int) -> [Int] {
        if let portions, index < portions.stageCount {
            if runsPortionsSideBySide(workers: workers) {
                return (0..<workers).map { portions.scratch[index] + blockShift(worker: $0) }
            }
            return (0..<workers).map {
                $0 == 0 ? portions.scratch[index] : arenaByteCount + ($0 - 1) * portionScratchByteCount
            }
        }
        return memory.gaps(workers, of: scratch[index].byteCount, among: buffers, at: scratch[index].stage)
    }

    /// The most scratch that a worker needs in a stage of a portion.
    private var portionScratchByteCount: Int {
        scratch.prefix(portions?.stageCount ?? 0).lazy.map(\.byteCount).max() ?? 0
    }

    /// Bytes that one run writes, by so many workers: values and scratch.
    public func memoryByteCount(workers: Int) -> Int {
        let own = runsPortionsSideBySide(workers: workers) ? portions?.block.count ?? 0 : portionScratchByteCount
        let blocks = saturatingSum([arenaByteCount, saturatingProduct(workers - 1, own)])
        return scratch.indices.dropFirst(portions?.stageCount ?? 0).reduce(blocks) { most, stage in
            scratchOffsets(ofStage: stage, workers: workers).reduce(most) {
                max($0, saturatingSum([$1, scratch[stage].byteCount]))
            }
        }
    }

    /// Bytes of all outputs of one run.
    public var outputByteCount: Int { saturatingSum(outputs.lazy.map(\.type.byteCount)) }

    /// Bytes of weights in the kernels and of constants that steps read.
    public let weightByteCount: Int

    /// Multiply-accumulates of one run.
    public var macCount: Int { saturatingSum(steps.lazy.map(\.macCount)) }
}
