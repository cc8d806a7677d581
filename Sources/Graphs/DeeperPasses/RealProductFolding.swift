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
        guard let product = try operands.product(step: nil) else { return nil }
        // Neither scale nor zero point.
        let inputs = product.leading + [.value(nil), .value(nil)] + product.trailing
        guard
            var operation = try? OperatorCatalog.make(
                product.name, node: node.name, domain: product.domain, opset: product.opset,
                attributes: product.attributes, inputCount: inputs.count, outputCount: 1)
        else { return nil }
        if var real = operation as? any RealResultOperator {
            real.givesReals = true
            operation = real
        }
        var rewrite = Rewrite("\(node.name) of 8-bit numbers")
        let values = rewrite.values(of: inputs, in: view)
        rewrite.exchange(
            index, for: Node(name: node.name, operation: operation, inputs: values, outputs: node.outputs))
        return rewrite
    }
}
