internal import DeeperGraphs
public import DeeperKernels
public import DeeperTensors
internal import Synchronization

/// A network prepared for one set of input shapes: kernels with packed weights, and the memory location of every value.
///
/// A plan is immutable, so any number of runs may share it; everything that a run writes is in its
/// `ExecutionContext`. Make one with a `Planner`, or with a `PlanDraft` for work that no graph describes, and run it on
/// a `Lane`.
public final class Plan: Sendable {
    /// Where an operand's bytes are.
    public enum Location: Sendable, Hashable {
        /// In the arena, at an offset in bytes.
        case arena(Int)
        /// An entry of ``Plan/constants``.
        case constant(Int)
        /// An input of the run, in the caller's memory.
        case input(Int)
        /// An output of the run, in the caller's memory.
        case output(Int)
        /// The caller's memory that outlives the run, such as parameters in training; `offset` counts floats.
        case state(Int, offset: Int)
    }

    /// A tensor that a step reads or writes: where it begins, and how its elements are arranged from there.
    public struct Operand: Sendable {
        /// Where the operand's first element is.
        public let location: Location
        /// The element type, the extents and the strides.
        public let descriptor: TensorDescriptor
        /// Whether the step reads the operand.
        public let isRead: Bool
        /// Whether the step writes the operand.
        public let isWritten: Bool
        /// For a step that runs once per portion: the distance in bytes from one portion's data to the next one's.
        let portionStride: Int
    }

    /// One kernel and its operands.
    public struct Step: Sendable {
        /// The name of the step: that of its node, or the names of the nodes that it combines.
        public let name: String
        /// The ONNX operator of the step's node; "layout" or "output" for a copy.
        public let operatorName: String
        /// What computes the step.
        public let kernel: any Kernel
        /// The operands, in the order in which the kernel expects them.
        public let operands: [Operand]
        /// Multiply-accumulates of one run of the plan.
        public let macCount: Int
        /// How often one run of the plan runs the kernel: once, or once for each portion of the batch. The operands
        /// describe one such run.
        public let runCount: Int
        /// The type of the first output, for reports.
        public let outputType: TensorType
    }

    /// An input or output of a plan.
    public struct Port: Sendable {
        /// The name by which runs take or return the tensor.
        public let name: String
        /// The element type and the shape.
        public let type: TensorType
    }

    /// The steps, in the order in which they run.
    public let steps: [Step]
    /// Ranges of steps that do not depend on each other: their tiles are distributed together.
    public let stages: [Range<Int>]
    /// The inputs of a run, in the graph's order.
    public let inputs: [Port]
    /// The outputs of a run, in the graph's order.
    public let outputs: [Port]
    /// Tensors that the steps read and that are the same in every run.
    public let constants: [Tensor]
    /// Bytes of all values of one run.
    public var arenaByteCount: Int { memory.arenaByteCount }
    /// The workers' private memory during a stage.
    struct Scratch: Sendable {
        /// The stage, as lifetimes number them.
        let stage: Int
        /// Bytes for each worker.
        let byteCount: Int
    }
    let scratch: [Scratch]

    /// The first stages of a plan, if they run once for each portion of a batch.
    public struct Portions: Sendable {
        /// Portions of the batch.
        public let count: Int
        /// How many of the plan's first stages run once per portion.
        public let stageCount: Int
        /// The part of the arena with the buffers that only these stages use, and with one worker's scratch.
        let block: Range<Int>
        /// Where the scratch of each stage begins.
        let scratch: [Int]
    }
    /// The stages that run once for each portion of a batch; nil if all stages run once.
    public let portions: Portions?

    /// The size in bytes of the cache that the cores of a typical server share.
    private static let sharedCacheByteCount = 32 << 20

    /// Whether every worker should compute portions of its own. Otherwise all workers compute one portion together,
    /// because there are too few portions, or because the shared cache has space for only one.
    func runsPortionsSideBySide(workers: Int) -> Bool {
        guard let portions, workers > 1, portions.count >= workers else { return false }
        let one = saturatingSum([weightByteCount, portions.block.count])
        let all = saturatingSum([weightByteCount, saturatingProduct(portions.block.count, workers)])
        return one > Plan.sharedCacheByteCount || all <= Plan.sharedCacheByteCount
    }

    /// The distance in bytes from the first worker's block to another worker's. All blocks except the first come after
    /// the arena.
    func blockShift(worker: Int) -> Int {
        guard let portions, worker > 0 else { return 0 }
        return arenaByteCount - portions.block.lowerBound + (worker - 1) * portions.block.count
    }
    /// The lifetimes that the arena was planned from.
    public let buffers: [BufferLifetime]
    /// The offset of each of ``buffers`` in the arena, in bytes.
    public var offsets: [Int] { memory.offsets }
    private let memory: MemoryPlan
    /// The number of memories outliving a run that the steps use.
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

    /// Marks the plan as no longer needed by new calls, so that working memory kept for it may be released.
    public func retire() { retired.store(true, ordering: .relaxed) }
    var isRetired: Bool { retired.load(ordering: .relaxed) }

    /// Where every worker's scratch for a stage begins in the arena: between or after the values that are alive, or in
    /// the worker's own block.
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

    /// The bytes of working memory that one run with the given number of workers needs: values and scratch.
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
