internal import DeeperTensors

extension Graph {
    /// The graph with the declared shapes of some inputs replaced by the given ones: open dimensions get extents, and a
    /// symbol that gets an extent in one input gets it in all.
    ///
    /// - Parameter shapes: extents by the input's name.
    /// - Throws: `invalidInput` for a name that is not an input or that belongs to an initialiser, for a rank or fixed
    ///   extent other than declared, and for two extents of one symbol. `limitExceeded` for shapes that do not fit any
    ///   memory.
    public func fixingInputs(_ shapes: [String: [Int]]) throws -> Graph {
        var result = self
        var symbols: [String: Int] = [:]
        for (name, extents) in shapes.sorted(by: { $0.key < $1.key }) {
            let input = try input(named: name)
            try locating("input \"\(name)\"") {
                guard constants[input.value] == nil else {
                    throw DeeperError(.invalidInput, "this input is an initialiser, whose shape is fixed")
                }
                _ = try Shape(validating: extents)
                try bind(extents, to: input.type, &symbols)
            }
        }
        for index in result.inputs.indices {
            let name = name(of: result.inputs[index].value)
            if let extents = shapes[name] {
                result.inputs[index].type.dimensions = extents.map { .fixed($0) }
            } else {
                result.inputs[index].type.dimensions = result.inputs[index].type.dimensions?.map { dimension in
                    if case .symbol(let symbol) = dimension, let extent = symbols[symbol] { return .fixed(extent) }
                    return dimension
                }
            }
        }
        return result
    }

    /// The graph with one extent for all open dimensions of its inputs except the batch, as
    /// ``declaredTypes(batch:open:)`` fills them in. The batch is the first dimension of each input and every dimension
    /// with the same name.
    public func fixingOpenDimensions(to extent: Int) -> Graph {
        var result = self
        let batchNames = batchNames
        for index in result.inputs.indices where constants[result.inputs[index].value] == nil {
            let dimensions = result.inputs[index].type.dimensions?.enumerated().map { axis, dimension in
                switch dimension {
                case .symbol(let name) where batchNames.contains(name): dimension
                case .symbol, .unknown: axis == 0 ? dimension : .fixed(extent)
                case .fixed: dimension
                }
            }
            result.inputs[index].type.dimensions = dimensions
        }
        return result
    }

    private func bind(_ extents: [Int], to declared: DeclaredType, _ symbols: inout [String: Int]) throws {
        guard let dimensions = declared.dimensions else { return }
        let mismatch = DeeperError(.invalidInput, "shape \(extents), the model declares \(declared)")
        guard dimensions.count == extents.count else { throw mismatch }
        for (extent, dimension) in zip(extents, dimensions) {
            switch dimension {
            case .fixed(let fixed): guard fixed == extent else { throw mismatch }
            case .symbol(let symbol):
                if let known = symbols.updateValue(extent, forKey: symbol), known != extent {
                    throw DeeperError(.invalidInput, "\(symbol) is \(extent) here and \(known) in another place")
                }
            case .unknown: break
            }
        }
    }
}
