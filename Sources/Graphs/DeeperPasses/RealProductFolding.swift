import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// A product of 8-bit numbers whose result is not quantised: the last layer of a network, or one before an operator on
/// floats.
struct RealProductFolding {
    private let index: Int
    private let node: Node
    private let view: GraphView
    private let operands: QuantizedOperands
    /// The Relus and Clips after the product.
    private var clamps: [Int] = []
    private var range = ClampRange.unbounded

    /// Returns nil for another node, or for one with float32 weights.
    init?(_ index: Int, _ view: GraphView) throws {
        node = view.graph.nodes[index]
        guard node.form != nil, ["Conv", "Gemm", "MatMul"].contains(node.operatorName) else { return nil }
        self.index = index
        self.view = view
        operands = QuantizedOperands(node, view)
        var value = node.outputs[0]
        while let next = view.soleConsumer(of: value), case let follower = view.graph.nodes[next],
            follower.inputs[0] == value, let clamp = try follower.clampRange(constant: { view.constant(follower, $0) })
        {
            range = range.followed(by: clamp)
            clamps.append(next)
            value = follower.outputs[0]
        }
    }

    func rewrite() throws -> Rewrite? {
        guard let product = try operands.product(step: nil) else { return nil }
        // The result has neither scale nor zero point.
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
        guard var completed = product.completed(operation) else { return nil }
        var (removed, outputs) = (Set<Int>(), node.outputs)
        if let last = clamps.last, var held = completed as? any RealRangeOperator {
            held.realRange = range
            completed = held
            (removed, outputs) = (Set(clamps), view.graph.nodes[last].outputs)
        }
        var rewrite = Rewrite("\(node.name) of 8-bit numbers", removed: removed)
        let values = rewrite.values(of: inputs, in: view)
        rewrite.exchange(
            index, for: Node(name: node.name, operation: completed, inputs: values, outputs: outputs))
        return rewrite
    }
}
