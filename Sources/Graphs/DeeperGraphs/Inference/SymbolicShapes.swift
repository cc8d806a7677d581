internal import DeeperTensors

/// An extent as a function of the graph's open dimensions, as ``Graph/symbolicShapes(evaluator:)`` gives it.
public enum SymbolicDimension: Sendable, Hashable, CustomStringConvertible {
    case fixed(Int)
    /// factor * symbol / divisor + offset. With a divisor above 1, this holds where the symbol is a multiple of the
    /// divisor.
    case linear(factor: Int, symbol: String, divisor: Int = 1, offset: Int)
    /// Another function of the open dimensions.
    case unknown

    public var description: String {
        switch self {
        case .fixed(let extent): return String(extent)
        case .linear(let factor, let symbol, let divisor, let offset):
            let product = (factor == 1 ? symbol : "\(factor)\(symbol)") + (divisor == 1 ? "" : "/\(divisor)")
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

    /// The shape of every value, with open dimensions as symbols.
    ///
    /// The rules of shape inference work on numbers only. How an extent depends on a symbol is found by inferring
    /// shapes for three extents of the symbol and fitting a line; an extent that is not on a line is unknown. The first
    /// extents are those of ``plausibleTypes(batch:evaluator:)``; the others are the closest that the network accepts,
    /// since detectors, for example, need multiples of 32.
    public func symbolicShapes(evaluator: Evaluator = Evaluator()) throws -> [ValueID: [SymbolicDimension]] {
        let symbols = symbols
        let plausible = try plausibleTypes(evaluator: evaluator)
        var origin: [String: Int] = [:]
        for input in inputs where constants[input.value] == nil {
            for (axis, dimension) in (input.type.dimensions ?? []).enumerated() {
                if let name = symbolName(dimension, axis) { origin[name] = plausible[input.value]?.shape[axis] }
            }
        }
        let first = try inferSymbols(origin, evaluator)
        var samples: [String: Samples] = [:]
        for symbol in symbols { samples[symbol] = self.samples(of: symbol, origin, evaluator) }
        var result: [ValueID: [SymbolicDimension]] = [:]
        for index in 0..<valueCount {
            guard let type = first.types[index] else { continue }
            let value = ValueID(index: index)
            result[value] = type.shape.dimensions.indices.map { axis in
                fit(type.shape[axis], symbols, origin, samples) { types in
                    types.types[index].map { $0.shape.rank == type.shape.rank ? $0.shape[axis] : -1 }
                }
            }
        }
        return result
    }

    /// The inferred types for extents one and three steps above a symbol's first extent. A step of 1 may be too small
    /// for a stride.
    private struct Samples {
        var step: Int
        var near: InferredTypes
        var far: InferredTypes
    }

    private func samples(of symbol: String, _ origin: [String: Int], _ evaluator: Evaluator) -> Samples? {
        for step in [1, 2, 4, 8, 16, 32, 64] {
            func sample(_ distance: Int) -> InferredTypes? {
                try? inferSymbols(origin.merging([symbol: (origin[symbol] ?? 1) + distance]) { $1 }, evaluator)
            }
            if let near = sample(step), let far = sample(3 * step) { return Samples(step: step, near: near, far: far) }
        }
        return nil
    }

    private func inferSymbols(_ binding: [String: Int], _ evaluator: Evaluator) throws -> InferredTypes {
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
        return try inferTypes(types, evaluator: evaluator)
    }

    private func fit(
        _ extent: Int, _ symbols: [String], _ origin: [String: Int], _ samples: [String: Samples],
        _ measure: (InferredTypes) -> Int?
    ) -> SymbolicDimension {
        var result = SymbolicDimension.fixed(extent)
        for symbol in symbols {
            guard let sample = samples[symbol], let near = measure(sample.near), let far = measure(sample.far) else {
                return .unknown
            }
            if near == extent, far == extent { continue }
            let rise = near - extent
            guard far - extent == 3 * rise, case .fixed = result, let start = origin[symbol] else { return .unknown }
            let common = greatestCommonDivisor(abs(rise), sample.step)
            let (factor, divisor) = (rise / common, sample.step / common)
            guard (factor * start).isMultiple(of: divisor) else { return .unknown }
            result = .linear(
                factor: factor, symbol: symbol, divisor: divisor, offset: extent - factor * start / divisor)
        }
        return result
    }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }
