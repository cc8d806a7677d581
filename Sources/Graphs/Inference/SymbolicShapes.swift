public import Kernels
internal import Tensors

/// An extent as a function of the graph's open dimensions.
public enum SymbolicDimension: Sendable, Hashable, CustomStringConvertible {
    case fixed(Int)
    /// factor * symbol + offset.
    case linear(factor: Int, symbol: String, offset: Int)
    /// Depends on the open dimensions in another way.
    case unknown

    public var description: String {
        switch self {
        case .fixed(let extent): return String(extent)
        case .linear(let factor, let symbol, let offset):
            let product = factor == 1 ? symbol : "\(factor)\(symbol)"
            return offset == 0 ? product : offset > 0 ? "\(product)+\(offset)" : "\(product)\(offset)"
        case .unknown: return "?"
        }
    }
}

extension Graph {
    /// The symbols of the inputs' open dimensions; an unnamed first dimension is called N.
    private var symbols: [String] {
        var names: [String] = []
        for input in inputs where constants[input.value] == nil {
            for (axis, dimension) in (input.type.dimensions ?? []).enumerated() {
                if let name = symbolName(dimension, axis), !names.contains(name) { names.append(name) }
            }
        }
        return names
    }

    private func symbolName(_ dimension: DeclaredDimension, _ axis: Int) -> String? {
        switch dimension {
        case .fixed: nil
        case .symbol(let name): name
        case .unknown: axis == 0 ? "N" : "D\(axis)"
        }
    }

    /// The shape of every value with open dimensions left open.
    ///
    /// The rules of shape inference exist once, for numbers. What they do to a symbol is found by asking them for
    /// three extents of it and fitting a line; what is not a line stays unknown.
    ///
    /// - Parameter base: the extent that open dimensions other than the first start from.
    public func symbolicShapes(base: Int = 224, options: KernelOptions) throws -> [ValueID: [SymbolicDimension]] {
        func infer(_ binding: [String: Int]) throws -> InferredTypes {
            var types: [ValueID: TensorType] = [:]
            for input in inputs where constants[input.value] == nil {
                guard let dimensions = input.type.dimensions else {
                    throw DeeperError(.unsupported, "input \"\(name(of: input.value))\" declares no shape")
                }
                let extents = dimensions.enumerated().map { axis, dimension in
                    if case .fixed(let extent) = dimension { return extent }
                    return symbolName(dimension, axis).flatMap { binding[$0] } ?? 1
                }
                types[input.value] = TensorType(input.type.elementType, try Shape(validating: extents))
            }
            return try inferTypes(types, options: options)
        }
        let symbols = symbols
        let isBatch = { (symbol: String) in symbol == symbols.first }
        let origin = Dictionary(uniqueKeysWithValues: symbols.map { ($0, isBatch($0) ? 1 : base) })
        let first = try infer(origin)
        var samples: [String: [InferredTypes]] = [:]
        for symbol in symbols {
            // One step may fall short of a stride, so two more samples are taken at different distances.
            samples[symbol] = try [1, 3].map { step in
                try infer(origin.merging([symbol: (origin[symbol] ?? 1) + step]) { $1 })
            }
        }
        var result: [ValueID: [SymbolicDimension]] = [:]
        for index in 0..<valueCount {
            guard let type = first.types[index] else { continue }
            let value = ValueID(index: index)
            result[value] = type.shape.dimensions.indices.map { axis in
                fit(type.shape[axis], symbols, origin) { symbol, sample in
                    samples[symbol]?[sample].types[index].map { $0.shape.rank == type.shape.rank ? $0.shape[axis] : -1 }
                }
            }
        }
        return result
    }

    private func fit(
        _ extent: Int, _ symbols: [String], _ origin: [String: Int], _ sample: (String, Int) -> Int?
    ) -> SymbolicDimension {
        var result = SymbolicDimension.fixed(extent)
        for symbol in symbols {
            guard let near = sample(symbol, 0), let far = sample(symbol, 1) else { return .unknown }
            if near == extent, far == extent { continue }
            let slope = near - extent
            guard far - extent == 3 * slope, case .fixed = result, let start = origin[symbol] else { return .unknown }
            result = .linear(factor: slope, symbol: symbol, offset: extent - slope * start)
        }
        return result
    }
}
