internal import DeeperTensors
internal import Synchronization

extension Engine {
    /// The engines for runs in which callers replace initialisers.
    final class Overriding: Sendable {
        /// How many sets of replaced initialisers are remembered.
        static let largestCount = 4

        struct Entry: Sendable {
            let names: Set<String>
            let engine: Engine
        }

        // Most recently used last.
        let entries = Mutex<[Entry]>([])
    }

    /// The engine for these inputs: this one, or one of the same model in which the initialisers among them are inputs
    /// like the others. In ONNX, the value of an initialiser that is also listed as an input is only a default.
    ///
    /// - Throws: `invalidInput` for a name that is not an input; `unsupported` for an initialiser of a compiled file,
    ///   whose weights are packed already.
    func taking(_ inputs: [String: Tensor]) throws -> Engine {
        let names = try model.initializers(among: inputs)
        guard !names.isEmpty else { return self }
        guard model.compiled == nil else {
            throw DeeperError(
                .unsupported,
                "initialiser \"\(names.sorted()[0])\" is packed in the compiled file and cannot be replaced; "
                    + "run the model that it was compiled from"
            ).within(model.source)
        }
        return try overriding.entries.withLock { entries in
            if let index = entries.firstIndex(where: { $0.names == names }) {
                let entry = entries.remove(at: index)
                entries.append(entry)
                return entry.engine
            }
            let engine = try Engine(model.opening(names), options: options, pool: pool)
            if entries.count >= Overriding.largestCount { entries.removeFirst() }
            entries.append(Overriding.Entry(names: names, engine: engine))
            return engine
        }
    }
}

extension Model {
    /// The names of initialisers among a caller's inputs.
    ///
    /// - Throws: `invalidInput` for a name that is not an input.
    func initializers(among inputs: [String: Tensor]) throws -> Set<String> {
        try locating(source) {
            try Set(inputs.keys.filter { graph.constants[try graph.input(named: $0).value] != nil })
        }
    }

    /// The model with these initialisers as inputs without a default.
    func opening(_ names: Set<String>) -> Model {
        var graph = graph
        for input in graph.inputs where names.contains(graph.name(of: input.value)) {
            graph.constants[input.value] = nil
        }
        return replacing(graph: graph)
    }
}
