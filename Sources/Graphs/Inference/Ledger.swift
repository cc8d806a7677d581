public import Tensors

/// What one node costs: a row of `deeper summary`.
public struct LedgerRow: Sendable {
    public let name: String
    public let operatorName: String
    public let outputTypes: [TensorType]
    /// Numbers of the constants that the node is the first to read, integers (shapes, axes) left out.
    public let parameterCount: Int
    /// Multiply-accumulates; biases, activations and pooling do not count.
    public let macCount: Int
}

extension Graph {
    /// One row a node, in order.
    public func ledger(_ types: InferredTypes) -> [LedgerRow] {
        var counted: Set<ValueID> = []
        return nodes.map { node in
            var parameters = 0
            for case let input? in node.inputs where counted.insert(input).inserted {
                if let tensor = constants[input], tensor.elementType.isFloatingPoint {
                    parameters += tensor.shape.elementCount
                }
            }
            let outputs = node.outputs.compactMap { types.knownType($0) }
            let macs =
                outputs.count == node.outputs.count
                ? node.operation.macCount(node.inputs.map { types.knownType($0) }, outputs) : 0
            return LedgerRow(
                name: node.name, operatorName: node.operatorName, outputTypes: outputs, parameterCount: parameters,
                macCount: macs)
        }
    }
}
