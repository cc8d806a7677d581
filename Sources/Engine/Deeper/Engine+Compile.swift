internal import DeeperGraphs
internal import DeeperImport
internal import DeeperKernels
public import DeeperTensors

extension Engine {
    /// Writes the model with its weights packed for this instruction set: a file that ``Model/init(contentsOf:)`` maps
    /// and that runs without reading or packing weights.
    ///
    /// The file serves these input shapes with any batch. Other picture sizes may need weights in another form, which
    /// gives an error. The file holds the model's labels and preprocessing. Only this version of deeper reads it, on
    /// CPUs that have the instruction set.
    ///
    /// - Parameters:
    ///   - inputs: tensors of the shapes to prepare for, as of ``run(_:)``.
    ///   - path: the file to write.
    /// - Throws: `unsupported` unless the model is an ONNX file without external data and its filters are packed;
    ///   `fileNotFound` or `limitExceeded` if the file cannot be written.
    public func compile(for inputs: [String: Tensor], to path: String) throws {
        let tensors = try ordered(inputs)
        guard var outline = model.outline, !outline.hasExternalData else {
            throw DeeperError(.unsupported, "only ONNX files without external data can be compiled").within(
                model.source)
        }
        let set = options.instructionSet ?? .best
        guard options.gemm.packsFilters(on: set) else {
            throw DeeperError(.unsupported, "only packed weights can be compiled; \(set.rawValue) has none by default")
        }
        var needed: [Int: any TensorSource] = [:]
        var preparation: Preparation?
        // What was read until now is read again whenever the compiled file is prepared; the rest is packed.
        let plan = try locating(model.source) {
            try plans.prepare(tensors, packed: nil) {
                needed = model.outline?.readSources ?? [:]
                preparation = $0
            }
        }
        let metadata = try model.writtenMetadata()
        if metadata != model.metadata { outline = try outline.replacing(metadata: metadata) }
        try withExtendedLifetime(plan) {
            try CompiledModel.write(
                outline, tensors: needed, weights: preparation?.made ?? [:],
                settings: CompiledModel.Settings(options, set), fingerprint: try graph.fingerprint(), to: path)
        }
    }
}

extension CompiledModel.Settings {
    init(_ options: EngineOptions, _ set: InstructionSet) {
        self.init(
            layout: PackedWeights.layoutVersion, instructionSet: set.rawValue, algorithm: options.algorithm.rawValue,
            isSimplified: options.optimizesGraph, methods: options.tuning?.methods)
    }
}

extension Graph {
    /// What changes when nodes, their attributes or their small constants do: a graph that was simplified by other rules
    /// shows in it, though not in the names of its nodes.
    func fingerprint() throws -> UInt64 {
        var text: [UInt8] = []
        for node in nodes {
            text += "\(node.label) \(node.operation.summary)".utf8
            for input in node.inputs {
                text += " \(input?.index ?? -1)".utf8
                guard let tensor = input.flatMap({ constants[$0] }) else { continue }
                text += "\(tensor.elementType)\(tensor.shape)".utf8
                if tensor.isInMemory { text += try tensor.bytes() }
            }
        }
        return checksum(of: text)
    }
}

extension CompiledModel {
    /// The options with the methods that the file was compiled for, unless they name some.
    ///
    /// - Throws: `unsupported` if the file was compiled for something else than an engine of these options.
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
