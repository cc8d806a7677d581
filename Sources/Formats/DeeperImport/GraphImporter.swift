import DeeperGraphs
import DeeperTensors

/// What translates the operators of another format, and adds what they become to an ``ImportBuilder``.
protocol GraphImporter {
    var builder: ImportBuilder { get set }
}

extension GraphImporter {
    mutating func constant(_ name: String, _ tensor: Tensor) throws -> ValueID { try builder.constant(name, tensor) }
    mutating func constant(_ name: String, _ number: Float) throws -> ValueID { try builder.constant(name, number) }
    mutating func constant(_ name: String, _ numbers: [Int]) throws -> ValueID { try builder.constant(name, numbers) }

    /// Adds a node with one output.
    mutating func node(
        _ operatorName: String, _ name: String, _ inputs: [ValueID?], _ attributes: [String: AttributeValue] = [:]
    ) throws -> ValueID {
        try builder.node(operatorName, name, inputs, attributes)
    }

    mutating func nodes(
        _ operatorName: String, _ name: String, _ inputs: [ValueID?], _ attributes: [String: AttributeValue] = [:],
        outputCount: Int, domain: String = ""
    ) throws -> [ValueID] {
        try builder.nodes(operatorName, name, inputs, attributes, outputCount: outputCount, domain: domain)
    }
}
