import DeeperGraphs
import DeeperTensors

// Operands and results of nodes.
extension TFLiteGraphBuilder {
    mutating func type(_ value: ValueID) -> TensorType? { builder.type(value) }

    /// The operands of an operator that treats all elements alike, with their axes in one order: channels first if one
    /// of the operands is known so.
    mutating func operands(_ tensors: [Int]) throws -> (values: [ValueID], isFirst: Bool) {
        let most = tensors.map(rank).max() ?? 0
        let computed = tensors.filter { !isConstant($0) }
        let isFirst =
            most >= 3 && computed.contains { self.isFirst($0) }
            && computed.allSatisfy { rank($0) == most || rank($0) == 0 }
        let values = try tensors.map { tensor in
            guard isFirst, rank(tensor) > 0 else { return try last(tensor) }
            guard isConstant(tensor) else { return try first(tensor) }
            let extents = file.tensors[tensor].extents
            return try constant(
                tensor, axes: TFLiteGraphBuilder.firstOrder(most),
                expanded: Array(repeating: 1, count: most - extents.count) + extents)
        }
        return (values, isFirst)
    }

    /// Where an axis of the file's order is in a value.
    func axis(_ axis: Int, of tensor: Int, isFirst: Bool) throws -> Int {
        let resolved = try resolveAxis(axis, rank: rank(tensor))
        return isFirst ? TFLiteGraphBuilder.lastOrder(rank(tensor))[resolved] : resolved
    }

    /// Numbers for each axis, in the order of a value.
    func ordered<Number>(_ numbers: [Number], isFirst: Bool) -> [Number] {
        isFirst ? TFLiteGraphBuilder.firstOrder(numbers.count).map { numbers[$0] } : numbers
    }

    /// The value after the function that an operator applies to its result.
    ///
    /// - Parameter function: the number of the function in the schema.
    mutating func activate(_ value: ValueID, _ function: Int, _ name: String) throws -> ValueID {
        switch function {
        case 0: return value
        case 1: return try node("Relu", name + "/Relu", [value])
        case 2: return try clip(value, -1, 1, name)
        case 3: return try clip(value, 0, 6, name)
        case 4: return try node("Tanh", name + "/Tanh", [value])
        default:
            throw DeeperError(.unsupported, "the function number \(function) that the operator applies to its result")
        }
    }

    mutating func clip(_ value: ValueID, _ low: Float, _ high: Float, _ name: String) throws -> ValueID {
        try node("Clip", name + "/Clip", [value, constant(name + "/min", low), constant(name + "/max", high)])
    }
}
