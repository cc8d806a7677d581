internal import DeeperGraphs
internal import DeeperTensors

/// The constant weights of a product as a matrix with one column for each result and one term for each number that is
/// multiplied. The terms of a convolution are ordered by channel and, within a channel, by tap.
struct WeightMatrix {
    private(set) var values: [Float]
    let shape: Shape
    private let columnStride: Int
    private let termStride: Int
    let tapCount: Int
    let groups: Int
    let columns: Range<Int>
    let terms: Range<Int>

    /// - Throws: `internalFault` if the node is not a product with constant weights.
    init(_ graph: Graph, _ node: Node) throws {
        guard node.inputs.count > 1, let value = node.inputs[1], let tensor = graph.constants[value] else {
            throw DeeperError(.internalFault, "node \"\(node.name)\" has no constant weights")
        }
        values = try tensor.elements(as: Float.self)
        shape = tensor.shape
        let conv = node.operation as? Conv
        groups = conv?.groups ?? 1
        let hasColumnsFirst = conv != nil || (node.operation as? Gemm)?.isBTransposed ?? false
        let axis = hasColumnsFirst ? 0 : 1
        columns = 0..<shape[axis]
        terms = 0..<(columns.isEmpty ? 0 : shape.elementCount / shape[axis])
        (columnStride, termStride) = hasColumnsFirst ? (terms.count, 1) : (1, columns.count)
        tapCount = conv == nil || shape[1] == 0 ? 1 : max(1, terms.count / shape[1])
    }

    func place(_ column: Int, _ term: Int) -> Int { column * columnStride + term * termStride }

    subscript(column: Int, term: Int) -> Float {
        get { values[place(column, term)] }
        set { values[place(column, term)] = newValue }
    }

    var channelsPerGroup: Int { terms.count / tapCount }
    /// The number of the operand's channels.
    var channelCount: Int { channelsPerGroup * groups }

    /// The operand's channel that a term multiplies.
    func channel(of term: Int, for column: Int) -> Int {
        column / (columns.count / groups) * channelsPerGroup + term / tapCount
    }

    func tensor() throws -> Tensor { try Tensor(values, shape: shape) }
}
