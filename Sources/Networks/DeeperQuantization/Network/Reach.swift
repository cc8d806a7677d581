internal import DeeperGraphs
internal import DeeperKernels
internal import DeeperPasses
internal import DeeperTensors

/// The path of a product's channels to the products that read them, through nodes whose output scales with their input.
struct Reach {
    let channels: Int
    /// The values that hold the channels, and the index in each at which they begin.
    private(set) var values: [(id: ValueID, channel: Int)] = []
    /// The products that read the channels, and the index in their operands at which they begin.
    private(set) var readers: [(node: Int, channel: Int)] = []
    /// The upper bound of a Clip on the path.
    private(set) var bound: Float?

    /// Nil if any other node reads a channel.
    init?(of index: Int, _ view: GraphView, _ scheme: QuantizationScheme) throws {
        let node = view.graph.nodes[index]
        guard let output = node.outputs[0], let type = view.types?.knownType(output), type.shape.rank > 1,
            node.operatorName != "MatMul"
        else { return nil }
        channels = type.shape[1]
        var open = [(id: output, channel: 0)]
        while let value = open.popLast() {
            guard !view.isOutput(value.id), !view.consumers(of: value.id).isEmpty else { return nil }
            values.append(value)
            for consumer in view.consumers(of: value.id) {
                let next = view.graph.nodes[consumer]
                let places = next.inputs.indices.filter { next.inputs[$0] == value.id }
                guard places.count == 1, let result = next.outputs[0],
                    let shape = view.types?.knownType(result)?.shape
                else { return nil }
                if places == [0], scheme.roles[consumer]?.isProduct == true, next.operatorName != "MatMul" {
                    readers.append((consumer, value.channel))
                    continue
                }
                guard let channel = try channel(of: value, after: next, places[0], shape, view) else { return nil }
                open.append((result, channel))
            }
        }
    }

    /// The index at which the channels begin in a node's output; nil if the output does not scale with the input.
    private mutating func channel(
        of value: (id: ValueID, channel: Int), after node: Node, _ place: Int, _ shape: Shape, _ view: GraphView
    ) throws -> Int? {
        switch node.operatorName {
        case "Relu", "MaxPool", "AveragePool", "GlobalAveragePool", "LeakyRelu": return value.channel
        case "Clip" where place == 0:
            guard let range = try node.clampRange(constant: { view.constant(node, $0) }), range.lower == 0,
                range.upper > 0
            else { return nil }
            if range.upper < .infinity { bound = min(bound ?? .infinity, range.upper) }
            return value.channel
        case "Flatten", "Reshape", "Squeeze":
            let own = view.types?.knownType(value.id)?.shape
            // A single pixel only loses axes of length 1; anything else could move channels.
            guard place == 0, let own, own.dimensions.dropFirst(2).allSatisfy({ $0 == 1 }),
                shape.dimensions == Array(own.dimensions.prefix(2))
            else { return nil }
            return value.channel
        case "Concat":
            guard let concat = node.operation as? Concat, try resolveAxis(concat.axis, rank: shape.rank) == 1 else {
                return nil
            }
            let before = node.inputs[..<place].map { view.types?.knownType($0)?.shape[1] }
            return before.reduce(value.channel) { sum, extent in sum.flatMap { sum in extent.map { sum + $0 } } }
        default: return nil
        }
    }
}
