import DeeperGraphs
import DeeperTensors

/// Builds the graph of a file whose operators are not those of ONNX. Each of them becomes one or a few of ONNX's, so
/// that the graph can be written as an ONNX file.
///
/// Types are inferred on the fly, for the extents that the file gives for its inputs.
struct ImportBuilder {
    private var builder: GraphBuilder
    /// What holds for the extents that the file gives for its inputs.
    private var known = KnownValues()
    /// What holds if the open extents are others: what differs from ``known`` depends on them.
    private var varied = KnownValues()
    /// What holds for all extents that the inputs may have.
    private var fixed = KnownValues()
    /// Names of values, each with the number that the next one of that name gets.
    private var names: [String: Int] = [:]
    /// The elements of constants that are in memory, and not in a file.
    private var heldCount = 0
    private static let mostHeld = 1 << 28

    init(name: String, opset: Int) { builder = GraphBuilder(name: name, opset: opset) }

    var graph: Graph { builder.graph }

    /// - Parameters:
    ///   - type: the type with which everything after it is inferred.
    ///   - other: a type with other open extents, by which ``fixedExtents(_:)`` tells what depends on them.
    mutating func input(
        _ name: String, _ declared: DeclaredType, assuming type: TensorType, or other: TensorType? = nil
    ) -> ValueID {
        names[name] = names[name] ?? 2
        let value = builder.input(name, declared)
        known.assume(type, of: value)
        varied.assume(other ?? type, of: value)
        return value
    }

    /// The type of a value; nil if it depends on what is computed.
    mutating func type(_ value: ValueID) -> TensorType? { known.type(of: value, in: builder.graph) }

    /// The extents of a value, nil for those that depend on open extents of the inputs; nil if they are not known.
    mutating func fixedExtents(_ value: ValueID) -> [Int?]? {
        guard let one = type(value)?.shape.dimensions,
            let other = varied.type(of: value, in: builder.graph)?.shape.dimensions, one.count == other.count
        else { return nil }
        return zip(one, other).map { $0 == $1 ? $0 : nil }
    }

    func constantValue(_ value: ValueID) -> Tensor? { builder.graph.constants[value] }

    /// The value of what follows from constants, and from extents that are fixed.
    mutating func fixedValue(_ value: ValueID) -> Tensor? { fixed.value(of: value, in: builder.graph) }

    /// A name that no value has yet.
    mutating func unusedName(_ wanted: String) -> String {
        guard var number = names[wanted] else {
            names[wanted] = 2
            return wanted
        }
        var name: String
        repeat {
            name = "\(wanted)#\(number)"
            number += 1
        } while names[name] != nil
        names[wanted] = number
        names[name] = 2
        return name
    }

    /// - Throws: `limitExceeded` if all constants in memory are too large.
    mutating func constant(_ name: String, _ tensor: Tensor) throws -> ValueID {
        if tensor.isInMemory { try hold(tensor.shape.elementCount) }
        return builder.constant(unusedName(name), tensor)
    }

    mutating func constant(_ name: String, _ number: Float) throws -> ValueID {
        try constant(name, Tensor([number], shape: []))
    }

    mutating func constant(_ name: String, _ numbers: [Int]) throws -> ValueID {
        try constant(name, Tensor(numbers.map(Int64.init), shape: [numbers.count]))
    }

    /// Counts elements that are in memory in another form.
    ///
    /// - Throws: `limitExceeded` if all constants in memory would be too large with them.
    mutating func hold(_ count: Int) throws {
        try checkHeld(adding: count)
        heldCount += count
    }

    /// - Throws: `limitExceeded` if all constants in memory would be too large with so many elements more.
    func checkHeld(adding count: Int) throws {
        guard count <= ImportBuilder.mostHeld - heldCount else {
            throw DeeperError(
                .limitExceeded,
                "the network has more than \(ImportBuilder.mostHeld) numbers that are not in a file of weights")
        }
    }

    /// Adds a node.
    ///
    /// - Throws: the error of reading the attributes, or of inferring the types of the outputs.
    mutating func nodes(
        _ operatorName: String, _ name: String, _ inputs: [ValueID?], _ attributes: [String: AttributeValue] = [:],
        outputCount: Int, domain: String = ""
    ) throws -> [ValueID] {
        let types = inputs.map { $0.flatMap { type($0) } }
        let values = inputs.map { $0.flatMap { known.value(of: $0, in: builder.graph) } }
        let outputs = try builder.nodes(
            operatorName, unusedName(name), inputs, attributes, outputCount: outputCount, domain: domain)
        // Without all types, running the network is what finds faults.
        guard zip(inputs, types).allSatisfy({ $0 == nil || $1 != nil }) else { return outputs }
        let node = builder.graph.nodes[builder.graph.nodes.count - 1]
        _ = try node.operation.infer(NodeInputs(types: types, values: values))
        return outputs
    }

    /// Adds a node with one output.
    mutating func node(
        _ operatorName: String, _ name: String, _ inputs: [ValueID?], _ attributes: [String: AttributeValue] = [:]
    ) throws -> ValueID {
        try nodes(operatorName, name, inputs, attributes, outputCount: 1)[0]
    }

    /// The graph with its outputs, which get these names, and without inputs that nothing needs.
    func finished(
        _ outputs: [(name: String, value: ValueID)], _ types: [ValueID: DeclaredType], without unused: Set<ValueID> = []
    ) throws -> Graph {
        var graph = builder.graph
        var spare = self
        // An input keeps its name, also if it is an output too, or if a layer works in place on it.
        let inputs = Set(graph.inputs.map(\.value))
        let inputNames = Set(inputs.map { graph.name(of: $0) })
        let named = outputs.filter { !inputs.contains($0.value) && !inputNames.contains($0.name) }
        let (names, owners) = (Set(named.map(\.name)), Set(named.map(\.value)))
        for index in 0..<graph.valueCount {
            let value = ValueID(number: index)
            guard !owners.contains(value), names.contains(graph.name(of: value)) else { continue }
            graph.rename(value, spare.unusedName(graph.name(of: value)))
        }
        var taken: Set<String> = []
        for (name, value) in named {
            // A file may give two outputs one name.
            graph.rename(value, taken.insert(name).inserted ? name : spare.unusedName(name))
        }
        graph.declaredOutputs = types
        graph.outputs = outputs.map(\.value)
        graph.inputs.removeAll { unused.contains($0.value) }
        try graph.verify()
        return graph.withoutUnusedConstants()
    }
}
