public import DeeperTensors

/// The costs of one node, a row of ``Graph/ledger(_:)``: operations, parameters and bytes.
public struct LedgerRow: Sendable {
    public let node: Node
    /// nil for inputs that are left out.
    public let inputTypes: [TensorType?]
    public let outputTypes: [TensorType]
    /// The number of parameters: elements of the constants that this node is the first to read and that are weights or
    /// biases, not shapes, axes, scales or zero points.
    public let parameterCount: Int
    /// The bytes of those constants.
    public let parameterBytes: Int
    /// The bytes of the other inputs and of the outputs, each counted once: what the node reads and writes when it runs
    /// by itself.
    public let activationBytes: Int
    public let operations: OperationCount

    public var name: String { node.name }
    public var operatorName: String { node.operatorName }
    /// Multiply-accumulates; biases, activations and pooling do not count.
    public var macCount: Int { operations.macs }
}

extension Graph {
    /// The costs of all nodes, one row per node, in order.
    public func ledger(_ types: InferredTypes) -> [LedgerRow] {
        var counted: Set<ValueID> = []
        // Some exporters write weights as nodes.
        var weights = constants
        for node in nodes {
            if let constant = node.operation as? Constant, let output = node.outputs[0] {
                weights[output] = constant.value
            }
        }
        return nodes.map { node in
            var parameters = 0
            var parameterBytes = 0
            var activationBytes: [Int] = []
            for (index, input) in node.inputs.enumerated() {
                // A value that a node reads twice counts once.
                guard let input, node.inputs.firstIndex(of: input) == index else { continue }
                if let tensor = weights[input] {
                    let isParameter =
                        node.operation.parameterInputs?.contains(index) ?? tensor.elementType.mayBeParameter
                    guard isParameter, counted.insert(input).inserted else { continue }
                    parameters += tensor.shape.elementCount
                    parameterBytes += tensor.byteCount
                } else if let type = types.knownType(input) {
                    activationBytes.append(type.byteCount)
                }
            }
            let inputs = node.inputs.map { types.knownType($0) }
            let outputs = node.outputs.compactMap { types.knownType($0) }
            let isWhole = outputs.count == node.outputs.count
            return LedgerRow(
                node: node, inputTypes: inputs, outputTypes: outputs, parameterCount: parameters,
                parameterBytes: parameterBytes,
                activationBytes: saturatingSum(activationBytes + outputs.map(\.byteCount)),
                operations: isWhole && !outputs.isEmpty
                    ? node.operation.operations(inputs, outputs) : OperationCount())
        }
    }
}

extension ElementType {
    /// Whether constants of the type are weights, not shapes or axes.
    fileprivate var mayBeParameter: Bool { isFloatingPoint || self == .int8 || self == .uint8 }
}
