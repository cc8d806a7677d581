import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Moves activations into the node before them, if its kernel can apply them: the activation that follows, the Relus
/// and Clips after it, and then multiplications by and additions of a single number.
struct FuseActivation: Pass {
    static let name = "fuse activations into what they follow"

    func rewrites(in view: GraphView) throws -> [Rewrite] { try fusedEndings(in: view, activations: true) }
}

/// Moves the Relus and Clips that follow a node into the node, if its kernel can clamp. Training has gradients for
/// these.
struct FuseClamp: Pass {
    static let name = "fuse Relu and Clip into what they follow"

    func rewrites(in view: GraphView) throws -> [Rewrite] { try fusedEndings(in: view, activations: false) }
}

private func fusedEndings(in view: GraphView, activations: Bool) throws -> [Rewrite] {
    try view.graph.nodes.indices.compactMap { maker in
        let node = view.graph.nodes[maker]
        guard var operation = node.operation as? any ActivatingOperator, node.outputs.count == 1,
            type(of: operation).isAlwaysFloat32
                || view.types?.knownType(node.outputs[0])?.elementType == .float32
        else { return nil }
        var fused = node
        var rewrite = Rewrite("")
        // A chain of any length is fused at once.
        while let next = view.soleConsumer(of: fused.outputs[0]), let value = fused.outputs[0] {
            let follower = view.graph.nodes[next]
            if operation.ending.endsWithClamp, follower.inputs[0] == value,
                let range = try follower.clampRange(constant: { view.constant(follower, $0) })
            {
                operation.ending.clamp = operation.ending.clamp.followed(by: range)
            } else if activations, operation.ending == .none, follower.inputs[0] == value,
                let activation = try activation(of: follower, after: node, in: view)
            {
                operation.ending.activation = activation
            } else if activations, operation.ending != .none, let line = try line(follower, of: value, in: view) {
                operation.ending.factor *= line.factor
                operation.ending.addend = operation.ending.addend * line.factor + line.addend
            } else {
                break
            }
            fused.outputs = follower.outputs
            rewrite.removed.insert(next)
        }
        guard !rewrite.removed.isEmpty else { return nil }
        fused.operation = operation
        let names = rewrite.removed.sorted().prefix(3).map { view.graph.nodes[$0].name }
        rewrite.note = "fuse \(names.joined(separator: ", ")) into \(fused.name)"
        rewrite.exchange(maker, for: fused)
        return rewrite
    }
}

/// The activation that a node computes; this includes PReLU with a slope per column of `maker`'s result. Nil for other
/// nodes.
private func activation(of node: Node, after maker: Node, in view: GraphView) throws -> Activation? {
    if let operation = node.operation as? any ActivationOperator { return operation.activation }
    guard node.operation is PRelu, let columns = maker.columnAxis, let slopes = view.constant(node, 1),
        let shape = view.types?.knownType(node.inputs[0])?.shape, columns < shape.rank,
        let values = try perColumn(slopes, axis: columns, of: shape)
    else { return nil }
    return .prelu(slopes: values)
}

/// The factor and the addend of a node that multiplies a value by a single number or adds one; nil for other nodes, and
/// for numbers that raise the value's rank by broadcasting.
private func line(_ node: Node, of value: ValueID, in view: GraphView) throws -> (factor: Float, addend: Float)? {
    guard let operation = node.operation as? any BinaryArithmetic, operation.ending == .none,
        operation is Mul || operation is Add, operation.alignsLastAxes,
        let number = view.constant(node, node.inputs[0] == value ? 1 : 0), number.elementType == .float32,
        number.shape.elementCount == 1, let type = view.types?.knownType(value), number.shape.rank <= type.shape.rank
    else { return nil }
    let scalar = try number.elements(as: Float.self)[0]
    guard scalar.isFinite else { return nil }
    return operation is Mul ? (scalar, 0) : (1, scalar)
}

extension Node {
    /// The axis along which the node's kernel has a bias and slopes.
    fileprivate var columnAxis: Int? {
        operation is Conv || operation is BatchNormalization || operation is Gemm ? 1 : nil
    }
}
