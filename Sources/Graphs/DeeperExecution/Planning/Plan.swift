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
    }

    /// One kernel and its operands.
    public struct Step: Sendable {
        public let name: String
        public let operatorName: String
        public let kernel: any Kernel
        public let operands: [Operand]
        public let macCount: Int
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
        buffers: [BufferLifetime], scratch: [Scratch], fixedInputs: [Int: Tensor], stateCount: Int
    ) {
        self.steps = steps
        self.stages = stages
        self.inputs = inputs
        self.outputs = outputs
        self.constants = constants
        self.scratch = scratch
        self.buffers = buffers
        self.memory = memory
        self.fixedInputs = fixedInputs
        self.stateCount = stateCount
    }

    /// Says that no new call will use the plan: working memory kept for it may go.
    public func retire() { retired.store(true, ordering: .relaxed) }
    var isRetired: Bool { retired.load(ordering: .relaxed) }

    /// Where every worker's scratch of a stage begins in the arena: between or behind the values alive.
    func scratchOffsets(_ scratch: Scratch, workers: Int) -> [Int] {
        memory.gaps(workers, of: scratch.byteCount, among: buffers, at: scratch.stage)
    }

    /// Bytes that one run writes, by so many workers: values and scratch.
    public func memoryByteCount(workers: Int) -> Int {
        scratch.reduce(arenaByteCount) { most, scratch in
            scratchOffsets(scratch, workers: workers).reduce(most) { max($0, saturatingSum([$1, scratch.byteCount])) }
        }
    }

    /// Bytes of all outputs of one run.
    public var outputByteCount: Int { saturatingSum(outputs.lazy.map(\.type.byteCount)) }

    /// Bytes of weights in the kernels and of constants that steps read.
    public var weightByteCount: Int {
        steps.reduce(0) { $0 + $1.kernel.report.preparedByteCount } + constants.reduce(0) { $0 + $1.byteCount }
    }

    /// Multiply-accumulates of one run.
    public var macCount: Int { saturatingSum(steps.lazy.map(\.macCount)) }
}
