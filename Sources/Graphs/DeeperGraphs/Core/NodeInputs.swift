public import DeeperTensors

/// What shape inference knows about a node's inputs: their types and, where they are known, their values.
public struct NodeInputs: Sendable {
    private let types: [TensorType?]
    private let values: [Tensor?]

    public init(types: [TensorType?], values: [Tensor?]) {
        self.types = types
        self.values = values
    }

    public var count: Int { types.count }
    public func has(_ index: Int) -> Bool { index < types.count && types[index] != nil }

    /// - Throws: `invalidModel` if the input is absent.
    public func type(_ index: Int) throws -> TensorType {
        guard index < types.count, let type = types[index] else {
            throw DeeperError(.invalidModel, "input \(index) is missing")
        }
        return type
    }

    public func shape(_ index: Int) throws -> Shape { try type(index).shape }

    /// The shape of an input of the given element type.
    ///
    /// - Throws: `unsupported` for another element type.
    public func shape(_ index: Int, _ allowed: ElementType...) throws -> Shape { try shape(index, among: allowed) }

    /// The shape of an input of one of the given element types.
    ///
    /// - Throws: `unsupported` for another element type.
    public func shape(_ index: Int, among allowed: [ElementType]) throws -> Shape {
        let type = try type(index)
        guard allowed.contains(type.elementType) else {
            let names = allowed.map(\.rawValue).joined(separator: ", ")
            throw DeeperError(.unsupported, "input \(index) is \(type), supported: \(names)")
        }
        return type.shape
    }

    /// The value of an input; nil where it is not known.
    public func value(_ index: Int) -> Tensor? { index < values.count ? values[index] : nil }

    /// Whether no computed input has fewer axes than another input. If so, all of them share axis 0 when they are
    /// aligned at their last axes.
    var computedOnesHaveAllAxes: Bool {
        let most = types.lazy.compactMap { $0?.shape.rank }.max() ?? 0
        return types.indices.allSatisfy { types[$0] == nil || value($0) != nil || types[$0]?.shape.rank == most }
    }

    /// The value of an input that the output's shape depends on.
    ///
    /// - Throws: `unsupported` if it is computed from data.
    public func knownValue(_ index: Int) throws -> Tensor {
        _ = try type(index)
        guard let value = value(index) else {
            throw DeeperError(
                .unsupported,
                "the output's shape depends on the values of input \(index), which are computed while running")
        }
        return value
    }

    /// The integers of an input that the output's shape depends on.
    public func integers(_ index: Int) throws -> [Int] { try knownValue(index).integers() }
}

/// Resolves a possibly negative axis.
///
/// - Throws: `invalidModel` if it lies outside -rank..<rank.
public func resolveAxis(_ axis: Int, rank: Int) throws -> Int {
    guard axis >= -rank, axis < rank else {
        throw DeeperError(.invalidModel, "axis \(axis) is outside a tensor of rank \(rank)")
    }
    return axis < 0 ? axis + rank : axis
}

/// Resolves a list of axes; none may occur twice.
public func resolveAxes(_ axes: [Int], rank: Int) throws -> [Int] {
    let resolved = try axes.map { try resolveAxis($0, rank: rank) }
    guard Set(resolved).count == resolved.count else {
        throw DeeperError(.invalidModel, "axes \(axes) name one axis twice (rank \(rank))")
    }
    return resolved
}

/// A product that stops at `Int.max`: operation counts of absurd shapes must not trap.
public func saturatingProduct(_ factors: Int...) -> Int {
    factors.reduce(1) { product, factor in
        let (result, overflow) = product.multipliedReportingOverflow(by: factor)
        return overflow ? .max : result
    }
}

/// A sum of non-negative terms that stops at `Int.max`.
public func saturatingSum(_ terms: some Sequence<Int>) -> Int {
    terms.reduce(0) { sum, term in
        let (result, overflow) = sum.addingReportingOverflow(term)
        return overflow ? .max : result
    }
}
