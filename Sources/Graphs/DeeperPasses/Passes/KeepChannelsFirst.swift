import DeeperGraphs
import DeeperTensors

/// Computes with channels first what networks with channels last compute between their convolutions.
///
/// Exporters of TensorFlow and Keras write a Transpose before every convolution and after it. Biases, activations and
/// sums then lie between two Transposes, where no pass fuses them with the convolution. This pass moves each Transpose
/// that puts channels last after the nodes that read it, until it meets the Transpose that takes it back.
struct KeepChannelsFirst: Pass {
    static let name = "keep channels first between transpositions"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        guard let types = view.types, view.graph.nodes.contains(where: { $0.operation is Transpose }) else { return [] }
        var moves = Moves(view, types)
        for index in view.graph.nodes.indices where view.branch(of: index) == nil { try moves.visit(index) }
        return moves.rewrite.removed.isEmpty ? [] : [moves.rewrite]
    }
}

private struct Moves {
    private let view: GraphView
    private let types: InferredTypes
    private(set) var rewrite = Rewrite("move transpositions after the nodes between them")
    /// For values with channels last, the same with channels first.
    private var firsts: [ValueID: ValueID] = [:]

    init(_ view: GraphView, _ types: InferredTypes) { (self.view, self.types) = (view, types) }

    private static func firstOrder(_ rank: Int) -> [Int] { Layout.channelsLast.physicalPlaces(rank: rank) }
    private static func lastOrder(_ rank: Int) -> [Int] { Layout.channelsLast.physicalAxes(rank: rank) }

    mutating func visit(_ index: Int) throws {
        let node = view.graph.nodes[index]
        guard node.outputs.count == 1, let output = node.outputs[0], let type = types.knownType(output) else { return }
        if let transpose = node.operation as? Transpose { return note(transpose, index, node, output, type) }
        guard type.shape.rank > 2, let form = node.form, form.opset >= 11, form.domain.isEmpty,
            node.inputs.contains(where: { $0.map { firsts[$0] != nil } ?? false }),
            var moved = try moved(node, rank: type.shape.rank)
        else { return }
        let name = view.graph.name(of: output)
        let first = rewrite.value(name + " channels first", in: view)
        moved.outputs = [first]
        firsts[output] = first
        rewrite.exchange(index, for: moved)
        let order = Moves.lastOrder(type.shape.rank)
        rewrite.added.append(
            (
                index,
                Node(
                    name: node.name + " channels last", operation: Transpose(permutation: order), inputs: [first],
                    outputs: [output], form: NodeForm(opset: form.opset, attributes: ["perm": .ints(order)]))
            ))
    }

    private mutating func note(
        _ transpose: Transpose, _ index: Int, _ node: Node, _ output: ValueID, _ type: TensorType
    ) {
        let rank = type.shape.rank
        guard rank > 2, let input = node.inputs[0], let order = transpose.permutation else { return }
        if order == Moves.lastOrder(rank) {
            firsts[output] = input
        } else if order == Moves.firstOrder(rank), let first = firsts[input], !view.isOutput(output) {
            rewrite.removed.insert(index)
            rewrite.replaced[output] = first
        }
    }

    /// The node with its operands, axes and constants for channels first; nil if it has to stay as it is.
    private mutating func moved(_ node: Node, rank: Int) throws -> Node? {
        var result = node
        switch node.operation {
        case let concat as Concat:
            guard let inputs = operands(node.inputs[...], rank) else { return nil }
            let axis = try resolveAxis(concat.axis, rank: rank)
            result.inputs = inputs
            result.exchange(Concat(axis: Moves.lastOrder(rank)[axis]))
        case let pad as Pad:
            guard node.inputs.count > 1, node.inputs.count < 4, let given = view.constant(node, 1),
                let inputs = operands(node.inputs[..<1], rank)
            else { return nil }
            let borders = try pad.borders(rank: rank, pads: given, axes: nil)
            let ordered = Moves.firstOrder(rank).map { borders[$0] }
            let numbers = (ordered.map(\.before) + ordered.map(\.after)).map(Int64.init)
            result.inputs[0] = inputs[0]
            result.inputs[1] = rewrite.constant(
                node.name + " pads", try Tensor(numbers, shape: [numbers.count]), in: view)
        case is any BroadcastingOperator, is any VariadicArithmetic, is PRelu:
            guard let inputs = operands(node.inputs[...], rank) else { return nil }
            result.inputs = inputs
        case _ where node.operatorName == "Where":
            guard let inputs = operands(node.inputs[...], rank) else { return nil }
            result.inputs = inputs
        default:
            guard try view.isFunctionOfOneNumber(node), let inputs = operands(node.inputs[..<1], rank) else {
                return nil
            }
            result.inputs[0] = inputs[0]
        }
        return result
    }

    /// The operands with channels first; nil if one is only known with channels last. A constant is rearranged.
    private mutating func operands(_ inputs: ArraySlice<ValueID?>, _ rank: Int) -> [ValueID?]? {
        var result: [ValueID?] = []
        for input in inputs {
            guard let input else { return nil }
            if let first = firsts[input] {
                guard types.knownType(input)?.shape.rank == rank else { return nil }
                result.append(first)
            } else {
                guard let constant = view.graph.constants[input], constant.shape.rank <= rank,
                    let value = try? rearranged(constant, rank)
                else { return nil }
                result.append(
                    constant.shape.elementCount == 1
                        ? input : rewrite.constant(view.graph.name(of: input) + " channels first", value, in: view))
            }
        }
        return result
    }

    private func rearranged(_ constant: Tensor, _ rank: Int) throws -> Tensor {
        let extents = Array(repeating: 1, count: rank - constant.shape.rank) + constant.shape.dimensions
        let node = Node(
            name: "", operation: Transpose(permutation: Moves.firstOrder(rank)), inputs: [nil], outputs: [nil])
        let type = TensorType(constant.elementType, Shape(Moves.firstOrder(rank).map { extents[$0] }))
        return try view.evaluator.evaluate(node, [constant.reshaped(Shape(extents))], outputs: [type])[0]
    }
}
