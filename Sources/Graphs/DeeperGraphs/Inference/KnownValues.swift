public import DeeperTensors

/// The types and values of a graph under construction, as far as they follow from constants and from inputs of fixed
/// shape. For importers that need a value to decide which nodes to add next.
public struct KnownValues {
    private var types: [ValueID: TensorType] = [:]
    private var values: [ValueID: Tensor] = [:]
    private var inputs: Set<ValueID> = []
    private var nextNode = 0
    private let evaluator = Evaluator()
    /// The largest number of elements of a value that is computed.
    private static let largestValue = 4096

    public init() {}

    /// The value, or nil if it is computed from data, is large, or may be replaced by a caller of the model.
    ///
    /// - Parameter graph: the same at every call, except that inputs, nodes and constants have been added.
    public mutating func value(of value: ValueID, in graph: Graph) -> Tensor? {
        note(graph)
        return tensor(value, in: graph)
    }

    /// The type, or nil if it does not follow from the types of the inputs.
    ///
    /// - Parameter graph: as for ``value(of:in:)``.
    public mutating func type(of value: ValueID, in graph: Graph) -> TensorType? {
        note(graph)
        return type(value, in: graph)
    }

    /// Takes an input for one of this type, although the model leaves some extents open. Values that follow from these
    /// extents then are values for this type only.
    public mutating func assume(_ type: TensorType, of input: ValueID) { types[input] = type }

    private mutating func note(_ graph: Graph) {
        for input in graph.inputs[inputs.count...] { note(input) }
        for node in graph.nodes[nextNode...] { note(node, in: graph) }
        nextNode = graph.nodes.count
    }

    private mutating func note(_ input: GraphInput) {
        inputs.insert(input.value)
        let extents = input.type.dimensions?.compactMap { if case .fixed(let extent) = $0 { extent } else { nil } }
        guard types[input.value] == nil, let extents, extents.count == input.type.dimensions?.count,
            let shape = try? Shape(validating: extents)
        else { return }
        types[input.value] = TensorType(input.type.elementType, shape)
    }

    private func tensor(_ value: ValueID, in graph: Graph) -> Tensor? {
        // A caller may replace the value of an initialiser that is listed among the inputs.
        values[value] ?? (inputs.contains(value) ? nil : graph.constants[value])
    }

    private func type(_ value: ValueID, in graph: Graph) -> TensorType? {
        types[value] ?? graph.constants[value].map { TensorType($0.elementType, $0.shape) }
    }

    private mutating func note(_ node: Node, in graph: Graph) {
        let inputs = node.inputs.map { input in
            input.flatMap { value in type(value, in: graph).map { (type: $0, value: tensor(value, in: graph)) } }
        }
        guard zip(node.inputs, inputs).allSatisfy({ $0 == nil || $1 != nil }),
            let outputs = try? node.operation.infer(
                NodeInputs(types: inputs.map { $0?.type }, values: inputs.map { $0?.value })),
            outputs.count >= node.outputs.count
        else { return }
        let made = Array(outputs.prefix(node.outputs.count))
        for (output, type) in zip(node.outputs, made) {
            if let output { types[output] = type }
        }
        let isSmall = { (type: TensorType) in type.shape.elementCount <= KnownValues.largestValue }
        let typeInputs = node.operation.typeInputs
        let isComputable = inputs.enumerated().allSatisfy { index, input in
            typeInputs.contains(index) || input.map { $0.value != nil && isSmall($0.type) } ?? true
        }
        guard isComputable, made.allSatisfy(isSmall),
            let results = try? evaluator.evaluate(node, inputs, outputs: made)
        else { return }
        for (output, tensor) in zip(node.outputs, results) {
            if let output { values[output] = tensor }
        }
    }
}
