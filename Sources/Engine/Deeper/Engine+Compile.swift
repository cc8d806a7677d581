internal import DeeperExecution
internal import DeeperGraphs
internal import DeeperImport
internal import DeeperKernels
public import DeeperTensors

extension Engine {
    /// Writes the model with its weights packed for this instruction set: a file that ``Model/init(contentsOf:weights:copiesCompiled:)-(URL,_,_)`` maps
    /// and that runs without reading or packing weights.
    ///
    /// The file can be used for these input shapes with any batch size. Other picture sizes may need weights in another
    /// form, which is reported as an error. The file holds the model's labels and preprocessing. Only this version of
    /// deeper reads it, on CPUs that have the instruction set.
    ///
    /// - Parameters:
    ///   - inputs: tensors of the shapes to prepare for, as for ``runBlocking(_:)``.
    ///   - path: the file to write.
    /// - Throws: `unsupported` if the model is a compiled file itself, if its filters are not packed, or if it has
    ///   nodes that a pass made, or an If whose branch is not decided when the model is read; `fileNotFound` or
    ///   `limitExceeded` if the file cannot be written.
    public func compile(for inputs: [String: Tensor], to path: String) throws {
        guard model.compiled == nil else {
            throw DeeperError(.unsupported, "the model is compiled already; compile the one it was made from").within(
                model.source)
        }
        if let node = model.graph.nodes.first(where: { $0.operation is If }) {
            throw DeeperError(
                .unsupported,
                "which branch is taken is decided when a plan is prepared, and a compiled file holds the weights of "
                    + "one plan"
            ).within(node.label).within(model.source)
        }
        let set = options.instructionSet ?? .best
        guard options.gemm.packsFilters(on: set) else {
            throw DeeperError(.unsupported, "only packed weights can be compiled; \(set.rawValue) has none by default")
        }
        // Constants that passes and planning read are needed again whenever the compiled file is prepared; of the
        // others, only the packed form is.
        let recorder = try ReadRecorder(model.graph)
        let engine = try Engine(model.replacing(graph: recorder.graph), options: options, pool: pool)
        var needed: Set<ValueID> = []
        var preparation: Preparation?
        let plan = try locating(model.source) {
            try engine.plans.prepare(engine.ordered(inputs), packed: nil) {
                needed = recorder.read
                preparation = $0
            }
        }
        try withExtendedLifetime(plan) {
            try CompiledModel.write(
                model.graph, metadata: model.writtenMetadata(), needed: needed, weights: preparation?.made ?? [:],
                settings: CompiledModel.Settings(options, set), fingerprint: engine.graph.fingerprint(), to: path)
        }
    }
}

/// A graph that records which of its large constants are read.
private struct ReadRecorder {
    let graph: Graph
    private let recorders: [ValueID: TensorReadRecorder]

    init(_ graph: Graph) throws {
        var recorded = graph
        var recorders: [ValueID: TensorReadRecorder] = [:]
        // The bytes of bool constants are checked, and therefore read, when a file is read.
        for (value, tensor) in graph.constants where tensor.elementType != .bool {
            let recorder = TensorReadRecorder(tensor)
            let deferred = try Tensor(tensor.elementType, shape: tensor.shape, source: recorder)
            // Small constants are read immediately and written with the graph.
            guard !deferred.isInMemory else { continue }
            recorded.constants[value] = deferred
            recorders[value] = recorder
        }
        self.graph = recorded
        self.recorders = recorders
    }

    var read: Set<ValueID> { Set(recorders.filter { $0.value.wasRead }.keys) }
}

extension CompiledModel.Settings {
    init(_ options: EngineOptions, _ set: InstructionSet) {
        self.init(
            layout: PackedWeights.layoutVersion, instructionSet: set.rawValue, algorithm: options.algorithm.rawValue,
            isSimplified: options.optimizesGraph, methods: options.tuning?.methods)
    }
}

extension Graph {
    /// A checksum that changes when nodes, their attributes or their small constants change. It detects a graph that
    /// was simplified by other rules, even if the names of its nodes are the same.
    func fingerprint() throws -> UInt64 {
        var text: [UInt8] = []
        // Values are numbered in the order of their first mention here, because a file may number them differently.
        var numbers: [ValueID: Int] = [:]
        func number(_ value: ValueID?) -> Int {
            guard let value else { return -1 }
            let known = numbers[value] ?? numbers.count
            numbers[value] = known
            return known
        }
        for input in inputs where constants[input.value] == nil { _ = number(input.value) }
        for node in nodes {
            text += "\(node.label) \(node.operation.summary)".utf8
            if let ending = (node.operation as? any ActivatingOperator)?.ending { text += " \(ending)".utf8 }
            for output in node.outputs { text += " \(number(output))".utf8 }
            for input in node.inputs {
                text += " \(number(input))".utf8
                guard let tensor = input.flatMap({ constants[$0] }) else { continue }
                text += "\(tensor.elementType)\(tensor.shape)".utf8
                if tensor.isInMemory { text += try tensor.bytes() }
            }
        }
        return checksum(of: text)
    }
}

extension CompiledModel {
    /// The options with the convolution methods that the file was compiled for, unless the options specify methods.
    ///
    /// - Throws: `unsupported` if the file was not compiled for an engine with these options.
    func adapted(_ options: EngineOptions) throws -> EngineOptions {
        let available = InstructionSet.available
        guard settings.layout == PackedWeights.layoutVersion else {
            throw DeeperError(
                .unsupported,
                "the file was compiled by another version of deeper (layout \(settings.layout), this one has "
                    + "\(PackedWeights.layoutVersion)); compile it again")
        }
        guard let set = InstructionSet(rawValue: settings.instructionSet), available.contains(set) else {
            throw DeeperError(
                .unsupported,
                "the file was compiled for \(settings.instructionSet); this CPU has "
                    + available.map(\.rawValue).joined(separator: ", "))
        }
        var options = options
        if options.tuning == nil {
            options.tuning = try settings.methods.map { try Tuning(set, methods: $0) }
        }
        let own = Settings(options, options.instructionSet ?? .best)
        guard own == settings, options.gemm.packsFilters(on: set) else {
            throw DeeperError(
                .unsupported,
                "the file was compiled for \(settings), the engine's options are \(own)"
                    + (options.gemm.packsFilters(on: set) ? "" : " without packed filters"))
        }
        return options
    }

    /// - Throws: `unsupported` if the engine's graph is not the one that the weights were packed for.
    func check(_ graph: Graph) throws {
        guard try graph.fingerprint() == fingerprint else {
            throw DeeperError(
                .unsupported,
                "the file was compiled by another version of deeper, which simplified it differently; "
                    + "compile it again")
        }
    }
}
