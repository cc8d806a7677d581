import DeeperGraphs
import DeeperTensors

/// A product of 8-bit numbers whose result nobody quantises: the last layer of a network, or one before an operator of
/// floats.
struct RealProductFolding {
    private let index: Int
    private let node: Node
    private let view: GraphView
    private let operands: QuantizedOperands

    /// Nil for another node, or one that reads its weights in float32.
    init?(_ index: Int, _ view: GraphView) {
        node = view.graph.nodes[index]
        guard node.form != nil, ["Conv", "Gemm", "MatMul"].contains(node.operatorName) else { return nil }
        self.index = index
        self.view = view
        operands = QuantizedOperands(node, view)
    }

    func rewrite() throws -> Rewrite? {
        guard let x = try operands.source(0), let form = node.form else { return nil }
        let reals: [QuantizedOperands.Operand] = [.value(nil), .value(nil)]
        switch node.operatorName {
        case "Conv":
            guard let w = try operands.weights(1, perEntryOf: 0),
                operands.fits(terms: w.shape.elementCount / max(1, w.shape[0]), w.value),
                let bias = try operands.bias(2, x, w, count: w.shape[0], step: nil)
            else { return nil }
            return try exchange(
                "QLinearConv", "", form.attributes,
                operands.triple(x) + operands.triple(w.value) + reals + (bias.map { [$0] } ?? []))
        case "Gemm":
            guard let gemm = node.operation as? Gemm, gemm.alpha == 1, gemm.beta == 1, !gemm.isATransposed,
                let w = try operands.weights(1, perEntryOf: gemm.isBTransposed ? 0 : 1), w.shape.rank == 2,
                operands.fits(terms: w.shape[gemm.isBTransposed ? 1 : 0], w.value),
                let bias = try operands.bias(2, x, w, count: w.shape[gemm.isBTransposed ? 0 : 1], step: nil)
            else { return nil }
            return try exchange(
                "QGemm", OperatorCatalog.runtimeDomain, ["transB": .int(gemm.isBTransposed ? 1 : 0)],
                operands.triple(x) + operands.triple(w.value) + [bias ?? .value(nil)])
        default:
            guard let w = try operands.weights(1, perEntryOf: 1), w.shape.rank == 2,
                operands.fits(terms: w.shape[0], w.value)
            else { return nil }
            return try exchange("QLinearMatMul", "", [:], operands.triple(x) + operands.triple(w.value) + reals)
        }
    }

    private func exchange(
        _ name: String, _ domain: String, _ attributes: [String: AttributeValue],
        _ inputs: [QuantizedOperands.Operand]
    ) throws -> Rewrite? {
        guard
            var operation = try? OperatorCatalog.make(
                name, node: node.name, domain: domain, opset: 13, attributes: attributes, inputCount: inputs.count,
                outputCount: 1)
        else { return nil }
        if var product = operation as? any RealResultOperator {
            product.givesReals = true
            operation = product
        }
        var rewrite = Rewrite("\(node.name) of 8-bit numbers")
        let values = rewrite.values(of: inputs, in: view)
        rewrite.exchange(
            index, for: Node(name: node.name, operation: operation, inputs: values, outputs: node.outputs))
        return rewrite
    }
}
