public import DeeperExecution
public import DeeperGraphs
internal import DeeperImport
internal import DeeperKernels
public import DeeperPasses
public import DeeperTensors
internal import Glibc

/// Runs a model, on any number of callers at once.
///
/// The first call with new input shapes prepares a plan for them; later ones only compute. The same input gives the
/// same bits for any number of threads, alone or inside any batch, on one instruction set and OpenBLAS kernel with one
/// OpenBLAS thread a call. (Products of two computed matrices, which no network of the zoo has, are one GEMM over all
/// rows and promise it for threads only.)
///
/// ```swift
/// let engine = try Engine(Model(contentsOf: url), options: .init(threads: 2))
/// let outputs = try engine.run(["data": tensor])
/// ```
public final class Engine: Sendable {
    /// The model as it was read.
    public let model: Model
    public let options: EngineOptions
    /// The graph that plans are made from: simplified, unless the options say otherwise.
    public let graph: Graph
    /// What the simplification did.
    public let passReports: [PassDriver.Report]
    let plans: PlanCache
    let pool: EnginePool
    let overriding = Overriding()
    /// Results that callers have let go of. A lane's memory counts one set of them.
    private let outputMemory = RecycledMemory()
    private let processID: Int32

    /// Simplifies the model's graph and reserves what calls share. Weights are prepared by the first call.
    ///
    /// - Parameter pool: whose threads run the calls, instead of those that the options ask for.
    /// - Throws: `invalidModel` or `unsupported` from the model; `invalidInput` for options that make no sense;
    ///   `unsupported` for an instruction set that this CPU lacks.
    public init(_ model: Model, options: EngineOptions = EngineOptions(), pool: EnginePool? = nil) throws {
        let pool =
            try pool
            ?? EnginePool(
                threads: options.threads, concurrentCalls: options.concurrentCalls, queueLimit: options.queueLimit,
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
        // The pool may live on with other engines; what it keeps for this one would not be used again.
        plans.retire()
        pool.lanes.prune()
    }

    /// What the host could change to make this engine faster; empty if nothing is known.
    public var advice: [String] {
        let library = BLASLibrary.loaded
        var result: [String] = []
        if options.gemm != .reference {
            if library.flavour != .serial, BLASLibrary.threadsPerCall > 1 {
                result.append(
                    "OpenBLAS uses \(BLASLibrary.threadsPerCall) threads a call, which slows the engine's own threads; "
                        + "set OPENBLAS_NUM_THREADS=1 or the option setsBLASThreads")
            }
            if let better = library.betterCoreType {
                result.append(
                    "OpenBLAS does not know this CPU and runs its \(library.coreName) kernels; "
                        + "start the process with \(BLASLibrary.coreTypeVariable)=\(better)")
            }
            if library.flavour == .serial {
                result.append(
                    "OpenBLAS is the serial flavour; calls wait for each other (install libopenblas0-pthread)")
            }
        }
        return result
    }

    /// Runs the model and waits for the result, on the calling thread and the engine's workers.
    ///
    /// Not for `async` functions: there the call of the same name that suspends is chosen.
    ///
    /// - Parameter inputs: a tensor for every input of the model, by name; and one for each initialiser that the model
    ///   lists as an input and that is to have another value.
    /// - Returns: a tensor for every output, by name.
    /// - Throws: `invalidInput` naming the input and the types expected; `limitExceeded` if the plan would need more
    ///   memory than allowed; `unsupported` or `invalidModel` if these shapes cannot be prepared.
    public func run(_ inputs: [String: Tensor]) throws -> [String: Tensor] {
        try perform(inputs) {}
    }

    /// As ``run(_:)``, but asks between steps whether the result is still wanted.
    ///
    /// - Parameter stop: an error that it throws ends the call.
    public func run(_ inputs: [String: Tensor], checking stop: () throws -> Void) throws -> [String: Tensor] {
        try perform(inputs, stop: stop)
    }

    /// The plan for inputs of these shapes, prepared if it is not yet: to look at, or to warm up.
    public func plan(for inputs: [String: Tensor]) throws -> Plan {
        let engine = try taking(inputs)
        guard engine === self else { return try engine.plan(for: inputs) }
        let tensors = try ordered(inputs)
        return try locating(model.source) { try plans.plan(for: tensors) }
    }

    /// Whether plans keep the tensors given for an input: its values decide shapes, or it is a weight. The memory of all
    /// other inputs is read during a call only.
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

    /// The tensors in the order of the graph's inputs.
    func ordered(_ inputs: [String: Tensor]) throws -> [Tensor] {
        // A forked child has the memory but not the threads: it would wait for them for ever.
        guard getpid() == processID else {
            throw DeeperError(.forked, "the engine was made before fork(); make it in the child process")
        }
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
