internal import DeeperExecution
public import DeeperKernels

/// How an ``Engine`` works. The defaults suit a server that has the machine for itself.
public struct EngineOptions: Sendable {
    /// The threads that share one call, the calling thread included, 1 to 1024. With 1, a blocking call runs on its
    /// caller alone.
    ///
    /// Setting a number makes it the number for each call: see ``sharesThreads``.
    public var threads: Int {
        didSet { sharesThreads = false }
    }
    /// Whether ``threads`` is the total for all calls: one call at a time uses all of them, and concurrent calls divide
    /// them.
    public var sharesThreads: Bool
    /// The number of calls that run at the same time, 1 to 1024; further calls wait. `nil`: as many as there are shared
    /// threads, or as the available CPUs allow at `threads` each.
    public var concurrentCalls: Int?
    /// Asynchronous calls that may wait before new ones are refused with `overloaded`.
    public var queueLimit: Int
    /// Who multiplies matrices.
    public var gemm: GemmChoice
    /// How convolutions may be computed.
    public var algorithm: ConvolutionAlgorithm
    /// Measured choices among the methods of computing convolutions, which take precedence over the estimates of
    /// ``algorithm`` `auto`. `nil`: those of a compiled file, if it was compiled with some.
    public var tuning: Tuning?
    /// The SIMD variant of deeper's own kernels; `nil`: the best that the CPU has.
    public var instructionSet: InstructionSet?
    /// Whether the graph is simplified before it is prepared. Off only to compare.
    public var optimizesGraph: Bool
    /// Whether kernels count what they execute, for ``Engine/countOperations(_:)``: a little slower.
    public var countsOperations = false
    /// Whether every run starts in memory full of NaN, so that a value that was never computed shows in the outputs
    /// instead of looking like an answer. Meant for tests of deeper itself; on in debug builds.
    public var poisonsMemory = Lane.poisonsMemoryByDefault
    /// The most memory that the plan of one set of input shapes may take: weights, values and scratch.
    public var memoryLimitBytes: Int
    /// How many sets of input shapes keep their plan ready.
    public var preparedPlanCount: Int
    /// Whether the engine may set OpenBLAS to one thread a call for the whole process. Off by default, because the
    /// host may use OpenBLAS too; ``Engine/advice`` says when it would help.
    public var setsBLASThreads: Bool

    /// Options; those that are left out suit most programs.
    ///
    /// - Parameters:
    ///   - threads: the threads of one call. `nil`, the default of every interface of deeper: all CPUs that this
    ///     process may use, shared by the calls that run at the same time. Give a number to bound a call, for example 1
    ///     for the highest throughput of many concurrent callers.
    ///   - concurrentCalls: the number of calls that run at the same time.
    ///   - queueLimit: the number of asynchronous calls that may wait.
    ///   - gemm: what multiplies matrices.
    ///   - algorithm: how convolutions may be computed.
    ///   - tuning: measured choices of how convolutions are computed.
    ///   - instructionSet: the SIMD variant of deeper's own kernels.
    ///   - optimizesGraph: whether the graph is simplified.
    ///   - memoryLimitBytes: the most memory of the plan of one set of input shapes.
    ///   - preparedPlanCount: the number of sets of input shapes that stay prepared.
    ///   - setsBLASThreads: whether OpenBLAS may be set to one thread a call for the whole process.
    public init(
        threads: Int? = nil, concurrentCalls: Int? = nil, queueLimit: Int = 1024, gemm: GemmChoice = .auto,
        algorithm: ConvolutionAlgorithm = .auto, tuning: Tuning? = nil, instructionSet: InstructionSet? = nil,
        optimizesGraph: Bool = true,
        memoryLimitBytes: Int = 16 << 30,
        preparedPlanCount: Int = 4, setsBLASThreads: Bool = false
    ) {
        self.threads = threads ?? EnginePool.availableCPUs
        self.sharesThreads = threads == nil
        self.concurrentCalls = concurrentCalls
        self.queueLimit = queueLimit
        self.gemm = gemm
        self.algorithm = algorithm
        self.tuning = tuning
        self.instructionSet = instructionSet
        self.optimizesGraph = optimizesGraph
        self.memoryLimitBytes = memoryLimitBytes
        self.preparedPlanCount = preparedPlanCount
        self.setsBLASThreads = setsBLASThreads
    }
}
