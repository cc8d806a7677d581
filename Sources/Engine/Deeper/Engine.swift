public import DeeperExecution
public import DeeperGraphs
internal import DeeperImport
internal import DeeperKernels
public import DeeperPasses
public import DeeperTensors
internal import Glibc

/// Runs a model for any number of concurrent callers.
///
/// Make one engine for each model when the program starts, and share it: an engine holds the packed weights, the
/// threads and the working memory. The first call with new input shapes prepares a plan for them; later calls only
/// compute. Call ``prepare(batch:extent:)`` to have that done before the first request.
///
/// ```swift
/// let engine = try Engine(Model(contentsOf: "model.onnx"))
/// let outputs = try await engine.run(["data": tensor])
/// ```
///
/// Running, classifying and preparing exist in two forms: an `async` one, which suspends the caller and computes on the
/// engine's own threads, and one whose name ends in `Blocking`, which computes on the calling thread and the engine's
/// workers. The compiler refuses the blocking forms in `async` functions. Everything else, such as plans, profiles and
/// tuning, is for tools and computes on the calling thread too.
///
/// The same input gives the same bits for any number of threads, alone or in any batch, on one instruction set and one
/// OpenBLAS kernel with one OpenBLAS thread a call. The exception are products of two computed matrices that OpenBLAS
/// computes: they are one GEMM over all rows of the batch, and keep their bits for any number of threads only.
public final class Engine: Sendable {
    /// The model as it was read.
    public let model: Model
    /// The options that the engine works with: those it was given, completed by those of a compiled file.
    public let options: EngineOptions
    /// The graph that plans are made from: simplified, unless the options say otherwise.
    public let graph: Graph
    /// What the simplification did.
    public let passReports: [PassDriver.Report]
    let plans: PlanCache
    let pool: EnginePool
    let overriding = Overriding()
    /// Memory of results that callers have released, kept for reuse. A lane's memory includes one set of results.
    private let outputMemory = RecycledMemory()
    private let processID: Int32

    /// Simplifies the model's graph and creates what calls share. Weights are prepared by the first call.
    ///
    /// - Parameters:
    ///   - model: the network with its weights.
    ///   - options: how the engine works; the defaults suit most programs.
    ///   - pool: the pool whose threads run the calls. If nil, the engine makes one as the options say.
    /// - Throws: `invalidModel` or `unsupported` from the model; `invalidInput` for options that are invalid or
    ///   contradict each other; `unsupported` for an instruction set that this CPU lacks.
    public init(_ model: Model, options: EngineOptions = EngineOptions(), pool: EnginePool? = nil) throws {
        let pool =
            try pool
            ?? EnginePool(
                threads: options.threads, sharesThreads: options.sharesThreads,
                concurrentCalls: options.concurrentCalls, queueLimit: options.queueLimit,
                preparedPlanCount: options.preparedPlanCount)
        if options.setsBLASThreads { BLASLibrary.setThreadsPerCall(1) }
        let options = try locating(model.source) { try model.compiled?.adapted(options) ?? options }
        var kernelOptions = try KernelOptions(
            options.gemm, algorithm: options.algorithm, instructionSet: options.instructionSet ?? .best)
        kernelOptions.countsOperations = options.countsOperations
        if let tuning = options.tuning {
            guard tuning.instructionSet == kernelOptions.instructionSet else {
                throw DeeperError(
                    .invalidInput,
                    "the plan was tuned for \(tuning.instructionSet.rawValue), the engine uses "
                        + kernelOptions.instructionSet.rawValue)
            }
            guard options.algorithm == .auto, kernelOptions.packsFilters else {
                throw DeeperError(.invalidInput, "a tuned plan needs algorithm auto and packed filters")
            }
            kernelOptions.tuning = tuning
        }
        self.model = model
        self.options = options
        if options.optimizesGraph {
            var driver = PassDriver(evaluator: Evaluator(kernelOptions))
            (self.graph, self.passReports) = try locating(model.source) { try driver.run(model.graph) }
        } else {
            (self.graph, self.passReports) = (model.graph, [])
        }
        try locating(model.source) { [graph] in try model.compiled?.check(graph) }
        self.plans = PlanCache(
            graph, options: kernelOptions, memoryLimitBytes: options.memoryLimitBytes,
            capacity: options.preparedPlanCount,
            packed: PackedWeights(compiled: model.compiled?.weights ?? [:]) { [compiled = model.compiled] name in
                try compiled?.verifyWeights(named: name)
            }, threads: pool.threads)
        self.pool = pool
        self.processID = getpid()
    }

    deinit {
        // The pool may outlive this engine; what it keeps for this engine's plans would not be used again.
        plans.retire()
        pool.lanes.prune()
    }

    /// Runs the model on the calling thread and the engine's workers, and returns the result.
    ///
    /// Use ``run(_:deadline:)`` in `async` functions.
    ///
    /// - Parameter inputs: a tensor for every input of the model, by name; and one for each initialiser that the model
    ///   lists as an input and whose value is to be replaced.
    /// - Returns: a tensor for every output, by name.
    /// - Throws: `invalidInput` naming the input and the types expected; `limitExceeded` if the plan would need more
    ///   memory than allowed; `unsupported` or `invalidModel` if these shapes cannot be prepared.
    @available(*, noasync, message: "use `try await run(_:)`")
    public func runBlocking(_ inputs: [String: Tensor]) throws -> [String: Tensor] {
        try perform(inputs) {}
    }

    /// As ``runBlocking(_:)``, but asks between steps whether the result is still wanted.
    ///
    /// - Parameters:
    ///   - inputs: as for ``runBlocking(_:)``.
    ///   - stop: called between steps; an error that it throws ends the call.
    @available(*, noasync, message: "use `try await run(_:deadline:)` and cancel the task")
    public func runBlocking(_ inputs: [String: Tensor], checking stop: () throws -> Void) throws -> [String: Tensor] {
        try perform(inputs, stop: stop)
    }

    /// The plan for inputs of these shapes, which is prepared first if necessary. Use it to inspect the plan or to warm
    /// up.
    public func plan(for inputs: [String: Tensor]) throws -> Plan {
        try checkProcess()
        let engine = try taking(inputs)
        guard engine === self else { return try engine.plan(for: inputs) }
        let tensors = try ordered(inputs)
        return try locating(model.source) { try plans.plan(for: tensors) }
    }

    /// Whether plans keep the tensors given for an input, because its values determine shapes or it is a weight. The
    /// memory of all other inputs is read only during a call.
    public func keeps(inputNamed name: String) -> Bool {
        guard (try? model.graph.input(named: name)).map({ model.graph.constants[$0.value] == nil }) ?? true else {
            return true
        }
        return plans.valueInputs.contains { graph.name(of: $0) == name }
    }

    func perform(_ inputs: [String: Tensor], stop: () throws -> Void) throws -> [String: Tensor] {
        var unused: [UInt64] = []
        return try perform(inputs, nanoseconds: &unused, stop: stop)
    }

    func perform(
        _ inputs: [String: Tensor], nanoseconds: inout [UInt64], copies: StepCopies? = nil, stop: () throws -> Void
    ) throws -> [String: Tensor] {
        try stop()
        try checkProcess()
        let engine = try taking(inputs)
        guard engine === self else {
            return try engine.perform(inputs, nanoseconds: &nanoseconds, copies: copies, stop: stop)
        }
        let tensors = try ordered(inputs)
        let plan = try locating(model.source) { try plans.plan(for: tensors) }
        outputMemory.keep(saturatingProduct(plan.outputByteCount, pool.lanes.laneCount))
        var outputs = try plan.outputs.map {
            try Tensor($0.type.elementType, shape: $0.type.shape, recycling: outputMemory)
        }
        try locating(model.source) {
            try pool.lanes.withLane(stop: stop) { lane in
                try lane.run(
                    plan, inputs: tensors, outputs: &outputs, poisonsMemory: options.poisonsMemory, stop: stop,
                    nanoseconds: &nanoseconds, copies: copies)
            }
        }
        return Dictionary(zip(plan.outputs.map(\.name), outputs)) { first, _ in first }
    }

    /// A forked child has the memory but not the threads: it would wait for them for ever.
    private func checkProcess() throws {
        guard getpid() == processID else {
            throw DeeperError(.forked, "the engine was made before fork(); make it in the child process")
        }
    }

    /// The tensors in the order of the graph's inputs.
    func ordered(_ inputs: [String: Tensor]) throws -> [Tensor] {
        return try locating(model.source) {
            for name in inputs.keys {
                guard model.graph.constants[try model.graph.input(named: name).value] == nil else {
                    throw DeeperError(.invalidInput, "initialiser \"\(name)\" cannot be replaced here")
                }
            }
            return try graph.inputs.filter { graph.constants[$0.value] == nil }.map { input in
                let name = graph.name(of: input.value)
                guard let tensor = inputs[name] else {
                    throw DeeperError(.invalidInput, "input \"\(name)\" \(input.type) is missing")
                }
                return try tensor.inMemory()
            }
        }
    }
}
