public import DeeperTensors

/// The types of all values of a graph for given inputs, and the values that can be known without running it.
public struct InferredTypes: Sendable {
    /// The types by value index; nil for values that no node makes, and for those of a branch that is not taken.
    public fileprivate(set) var types: [TensorType?]
    /// For every node the types of all outputs, unused ones included; empty for a node of a branch that is not taken.
    public fileprivate(set) var nodeTypes: [[TensorType]] = []
    /// The values that are known: constants, shapes and what is computed from them.
    public fileprivate(set) var values: [ValueID: Tensor]

    public func type(_ value: ValueID) throws -> TensorType {
        guard let type = types[value.index] else {
            throw DeeperError(.internalFault, "value \(value) has no type")
        }
        return type
    }

    public func knownType(_ value: ValueID?) -> TensorType? { value.flatMap { types[$0.index] } }
    public func value(_ value: ValueID?) -> Tensor? { value.flatMap { values[$0] } }

    /// The known types and values of a node's inputs.
    public func inputs(of node: Node) -> NodeInputs {
        NodeInputs(types: node.inputs.map { knownType($0) }, values: node.inputs.map { value($0) })
    }
}

extension Graph {
    /// Infers the type of every value, in node order.
    ///
    /// Nodes of a branch that is known not to be taken are left out. If the condition of an If is not known, both
    /// branches must give the same type.
    ///
    /// - Parameters:
    ///   - inputTypes: the concrete type of every input.
    ///   - inputValues: the values of inputs that are fixed.
    ///   - largestValue: a node whose inputs are all known is evaluated if its outputs have at most this many elements.
    ///     Shapes are always small enough.
    ///   - evaluator: computes such nodes.
    ///   - takesBranches: whether an If takes a branch if its condition follows from the inputs. Otherwise only
    ///     constant conditions count, and the result also holds for inputs for which other branches are taken.
    /// - Throws: the error of an operator's rule, with the node as breadcrumb.
    public func inferTypes(
        _ inputTypes: [ValueID: TensorType], values inputValues: [ValueID: Tensor] = [:], largestValue: Int = 4096,
        evaluator: Evaluator = Evaluator(), takesBranches: Bool = true
    ) throws -> InferredTypes {
        var result = InferredTypes(types: Array(repeating: nil, count: valueCount), values: constants)
        for (value, tensor) in constants { result.types[value.index] = TensorType(tensor.elementType, tensor.shape) }
        for (value, type) in inputTypes { result.types[value.index] = type }
        for (value, tensor) in inputValues { result.values[value] = tensor }
        let branches = Branches(self)
        for (index, node) in nodes.enumerated() {
            try locating(node.label) {
                if try branches.isLeftOut(index, takesBranches ? result.values : constants) {
                    return result.nodeTypes.append([])
                }
                let node = try node.taking(takesBranches ? result.values : constants)
                // The condition of an If that is still there is open.
                let values = node.operation is If ? [] : node.inputs.map { result.value($0) }
                let inputs = NodeInputs(types: node.inputs.map { result.knownType($0) }, values: values)
                for (index, input) in node.inputs.enumerated() {
                    if let input, result.types[input.index] == nil {
                        throw DeeperError(
                            .invalidModel, "input \(index) \"\(name(of: input))\" is made by no node before this one")
                    }
                }
                var types = try node.operation.infer(inputs)
                guard types.count >= node.outputs.count else {
                    throw DeeperError(.invalidModel, "\(node.outputs.count) outputs, the operator makes \(types.count)")
                }
                types.removeLast(types.count - node.outputs.count)
                result.nodeTypes.append(types)
                for (output, type) in zip(node.outputs, types) {
                    if let output { result.types[output.index] = type }
                }
                try evaluate(node, types, largestValue, evaluator, &result)
            }
        }
        return result
    }

    /// Computes a node whose result does not depend on data.
    private func evaluate(
        _ node: Node, _ types: [TensorType], _ largest: Int, _ evaluator: Evaluator, _ result: inout InferredTypes
    ) throws {
        guard types.allSatisfy({ $0.shape.elementCount <= largest }) else { return }
        let typeInputs = node.operation.typeInputs
        let isKnown = node.inputs.enumerated().allSatisfy { index, input in
            typeInputs.contains(index) || input.map { result.values[$0] != nil } ?? true
        }
        guard isKnown else { return }
        let inputs = node.inputs.map { input in
            input.flatMap { value in result.types[value.index].map { ($0, result.values[value]) } }
        }
        let outputs = try evaluator.evaluate(node, inputs, outputs: types)
        for (output, tensor) in zip(node.outputs, outputs) {
            if let output { result.values[output] = tensor }
        }
    }
}
