import DeeperTensors

extension Graph {
    /// Checks the properties that every other module relies on: each value has exactly one origin, which comes before
    /// its use, and names, operands and outputs are consistent.
    ///
    /// - Throws: `invalidModel` with the names of the value and the node; `internalFault` for a value that does not
    ///   belong to this graph.
    public func verify() throws {
        var made = [Bool](repeating: false, count: valueCount)
        func isMade(_ value: ValueID) throws -> Bool {
            guard made.indices.contains(value.index) else {
                throw DeeperError(.internalFault, "unknown value \(value)")
            }
            return made[value.index]
        }
        func make(_ value: ValueID, _ origin: @autoclosure () -> String) throws {
            guard try !isMade(value) else {
                throw DeeperError(
                    .invalidModel, "value \"\(name(of: value))\" is made twice, the second time by \(origin())")
            }
            made[value.index] = true
        }
        for (value, _) in constants { try make(value, "a constant") }
        for input in inputs where constants[input.value] == nil { try make(input.value, "an input") }
        for node in nodes {
            for case let input? in node.inputs where try !isMade(input) {
                throw DeeperError(.invalidModel, "value \"\(name(of: input))\" is used before it is made")
                    .within(node.label)
            }
            guard node.outputs.contains(where: { $0 != nil }) else {
                throw DeeperError(.invalidModel, "no output").within(node.label)
            }
            for case let output? in node.outputs { try make(output, node.label) }
        }
        guard !outputs.isEmpty else { throw DeeperError(.invalidModel, "the graph has no outputs") }
        for output in outputs where try !isMade(output) {
            throw DeeperError(.invalidModel, "output \"\(name(of: output))\" is made by no node")
        }
    }
}
