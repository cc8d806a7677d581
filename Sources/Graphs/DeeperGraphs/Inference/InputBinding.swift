public import DeeperTensors

extension Graph {
    /// Checks the given types against the declared ones and returns the type of every input that is not an initialiser.
    ///
    /// - Throws: `invalidInput` for an unknown or missing input, for an element type, rank or extent other than
    ///   declared, and for two extents for one symbol.
    public func bind(_ given: [String: TensorType]) throws -> [ValueID: TensorType] {
        var symbols: [String: Int] = [:]
        var result: [ValueID: TensorType] = [:]
        for name in given.keys { _ = try input(named: name) }
        for input in inputs where constants[input.value] == nil {
            let name = name(of: input.value)
            guard let type = given[name] else {
                throw DeeperError(.invalidInput, "input \"\(name)\" \(input.type) is missing")
            }
            try locating("input \"\(name)\"") { try check(type, against: input.type, &symbols) }
            result[input.value] = type
        }
        return result
    }

    private func check(_ type: TensorType, against declared: DeclaredType, _ symbols: inout [String: Int]) throws {
        var mismatch: DeeperError { DeeperError(.invalidInput, "got \(type), the model expects \(declared)") }
        guard type.elementType == declared.elementType else { throw mismatch }
        guard let dimensions = declared.dimensions else { return }
        guard dimensions.count == type.shape.rank else { throw mismatch }
        for (axis, dimension) in dimensions.enumerated() {
            switch dimension {
            case .fixed(let extent): guard extent == type.shape[axis] else { throw mismatch }
            case .symbol(let symbol):
                if let bound = symbols[symbol], bound != type.shape[axis] {
                    throw DeeperError(
                        .invalidInput, "\(symbol) is \(type.shape[axis]) here and \(bound) in another place")
                }
                symbols[symbol] = type.shape[axis]
            case .unknown: break
            }
        }
    }

    /// The extents that are tried one after the other for open dimensions: usual picture sizes. Many networks need
    /// multiples of 32 or 64.
    private static let plausibleExtents = [224, 32, 1, 512, 256, 640, 64, 320, 128, 96, 48, 28, 16, 299, 160, 1024]

    /// The declared types with open dimensions filled in such that the network accepts them: the first of some usual
    /// extents for which all shapes can be inferred.
    ///
    /// - Throws: `invalidInput`, with the failure of the first of these extents.
    public func plausibleTypes(batch: Int = 1, evaluator: Evaluator = Evaluator()) throws -> [ValueID: TensorType] {
        func isOpen(_ input: GraphInput) -> Bool {
            input.type.dimensions?.dropFirst().contains { if case .fixed = $0 { false } else { true } } ?? false
        }
        let first = try declaredTypes(batch: batch, open: Graph.plausibleExtents[0])
        guard inputs.contains(where: { constants[$0.value] == nil && isOpen($0) }) else { return first }
        var failure: DeeperError?
        for open in Graph.plausibleExtents {
            let types = try declaredTypes(batch: batch, open: open)
            do {
                _ = try inferTypes(types, evaluator: evaluator)
                return types
            } catch let error as DeeperError {
                failure = failure ?? error
            }
        }
        let extents = Graph.plausibleExtents.sorted().map(String.init).joined(separator: ", ")
        throw DeeperError(
            .invalidInput,
            "none of the extents \(extents) for the open dimensions of the inputs fits the network; give shapes, as in "
                + "--shape NAME=1,3,640,640. With \(Graph.plausibleExtents[0]): \(failure.map { "\($0)" } ?? "")")
    }

    /// The declared types with open dimensions filled in: `batch` for the first dimension of each input and for
    /// dimensions with the same name, `open` for all others.
    ///
    /// - Throws: `invalidInput` if an input does not even declare its rank.
    public func declaredTypes(batch: Int = 1, open: Int = 1) throws -> [ValueID: TensorType] {
        let batchNames = batchNames
        var result: [ValueID: TensorType] = [:]
        for input in inputs where constants[input.value] == nil {
            guard let dimensions = input.type.dimensions else {
                throw DeeperError(.invalidInput, "input \"\(name(of: input.value))\" declares no shape")
            }
            let extents = dimensions.enumerated().map { axis, dimension in
                switch dimension {
                case .fixed(let extent): extent
                case .symbol(let name) where batchNames.contains(name): batch
                default: axis == 0 ? batch : open
                }
            }
            result[input.value] = TensorType(input.type.elementType, try Shape(validating: extents))
        }
        return result
    }

    /// The names of the first dimensions of all inputs, which denote the batch wherever they occur.
    var batchNames: Set<String> {
        Set(
            inputs.filter { constants[$0.value] == nil }.compactMap { input in
                if case .symbol(let name)? = input.type.dimensions?.first { name } else { nil }
            })
    }

    /// The inputs whose values determine shapes or are weights: a plan is made for particular values of them.
    public func valueDependentInputs() -> Set<ValueID> {
        let producers = producers()
        var pending: [ValueID] = []
        for node in nodes {
            for index in node.operation.valueInputs where index < node.inputs.count {
                if let value = node.inputs[index] { pending.append(value) }
            }
        }
        var seen = Set(pending)
        var result: Set<ValueID> = []
        let open = Set(inputs.map(\.value)).subtracting(constants.keys)
        while let value = pending.popLast() {
            if open.contains(value) { result.insert(value) }
            guard let producer = producers[value.index] else { continue }
            let node = nodes[producer]
            for (index, input) in node.inputs.enumerated() where !node.operation.typeInputs.contains(index) {
                if let input, seen.insert(input).inserted { pending.append(input) }
            }
        }
        return result
    }
}
