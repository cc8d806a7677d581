import DeeperGraphs
import DeeperTensors

// Operators that copy elements to other places.
extension TFLiteOperators {
    @Sendable static func concatenation(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (operands, isFirst) = try net.operands(call.inputs)
        let axis = try net.axis(call.int(0), of: call.output, isFirst: isFirst)
        let made = try net.node("Concat", call.name, operands, ["axis": .int(axis)])
        try net.define(call.output, net.activate(made, call.byte(1), call.name), isFirst: isFirst)
    }

    @Sendable static func pack(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let axis = try net.constant(call.name + "/axes", [resolveAxis(call.int(1), rank: net.rank(call.output))])
        let parts = try call.inputs.map { try net.node("Unsqueeze", call.name + "/Unsqueeze", [net.last($0), axis]) }
        try net.define(call.output, net.node("Concat", call.name, parts, ["axis": .int(call.int(1))]))
    }

    @Sendable static func unpack(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let axis = try call.int(1)
        let parts = try separate(&net, call, net.last(call.input(0)), axis: axis, sizes: nil)
        let place = try net.constant(call.name + "/axes", [axis])
        for (output, part) in zip(call.operation.outputs, parts) {
            try net.define(output, net.node("Squeeze", net.name(output), [part, place]))
        }
    }

    /// Inputs are the axis and the value.
    @Sendable static func split(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        try split(&net, call, call.input(1), axis: call.input(0), sizes: nil)
    }

    /// Inputs are the value, the extents of the parts and the axis.
    @Sendable static func splitV(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        try split(&net, call, call.input(0), axis: call.input(2), sizes: net.integers(call.input(1)))
    }

    private static func split(
        _ net: inout TFLiteGraphBuilder, _ call: TFLiteContext, _ input: Int, axis: Int, sizes: [Int]?
    ) throws {
        let axes = try net.integers(axis)
        guard axes.count == 1 else { throw DeeperError(.invalidModel, "\(axes.count) axes, expected 1") }
        let (operands, isFirst) = try net.operands([input])
        let place = try net.axis(axes[0], of: input, isFirst: isFirst)
        var sizes = sizes
        if let open = sizes?.firstIndex(of: -1) {
            let rest = (sizes ?? []).reduce(1) { $0 &+ $1 }
            guard let extent = try net.fixedExtents(input)[try resolveAxis(axes[0], rank: net.rank(input))] else {
                throw DeeperError(.unsupported, "the extent of the axis is open")
            }
            sizes?[open] = extent &- rest
        }
        let parts = try separate(&net, call, operands[0], axis: place, sizes: sizes)
        for (output, part) in zip(call.operation.outputs, parts) { try net.define(output, part, isFirst: isFirst) }
    }

    private static func separate(
        _ net: inout TFLiteGraphBuilder, _ call: TFLiteContext, _ x: ValueID, axis: Int, sizes: [Int]?
    ) throws -> [ValueID] {
        let count = call.operation.outputs.count
        var attributes: [String: AttributeValue] = ["axis": .int(axis)]
        if sizes == nil { attributes["num_outputs"] = .int(count) }
        let inputs = [x] + (try sizes.map { [try net.constant(call.name + "/sizes", $0)] } ?? [])
        return try net.nodes("Split", call.name, inputs, attributes, outputCount: count)
    }

    /// Inputs are the value, the pads before and after each axis, and the number to pad with.
    @Sendable static func pad(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let number = try call.optionalInput(2).map { try net.last($0) }
        try pad(&net, call, ["mode": .string("constant")], number, pads(&net, call))
    }

    @Sendable static func mirrorPad(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let pads = try pads(&net, call)
        guard try call.byte(0) == 1 else { return try pad(&net, call, ["mode": .string("reflect")], nil, pads) }
        // SYMMETRIC repeats the entry at the border, which no mode of ONNX does.
        let (operands, isFirst) = try net.operands([call.input(0)])
        var x = operands[0]
        for axis in pads.indices where pads[axis] != [0, 0] {
            let place = try net.axis(axis, of: call.input(0), isFirst: isFirst)
            x = try mirror(&net, call, x, place, pads[axis], net.tensor(call.input(0)).extents[axis])
        }
        try net.define(call.output, x, isFirst: isFirst)
    }

    /// Joins a value with its own borders in reverse.
    private static func mirror(
        _ net: inout TFLiteGraphBuilder, _ call: TFLiteContext, _ x: ValueID, _ axis: Int, _ pads: [Int], _ extent: Int
    ) throws -> ValueID {
        guard pads[0] <= extent, pads[1] <= extent else {
            throw DeeperError(.invalidModel, "pads \(pads) of an axis with \(extent) entries")
        }
        func border(_ begin: Int, _ end: Int) throws -> ValueID {
            let numbers = try [begin, end, axis, -1].map { try net.constant(call.name + "/border", [$0]) }
            return try net.node("Slice", call.name + "/Slice", [x] + numbers)
        }
        var parts = [x]
        if pads[0] > 0 { parts.insert(try border(pads[0] - 1, Int(Int32.min)), at: 0) }
        if pads[1] > 0 { parts.append(try border(-1, -1 - pads[1])) }
        return try net.node("Concat", call.name, parts, ["axis": .int(axis)])
    }

    private static func pads(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws -> [[Int]] {
        let numbers = try net.integers(call.input(1))
        guard numbers.count == 2 * net.rank(try call.input(0)), numbers.allSatisfy({ $0 >= 0 }) else {
            throw DeeperError(.invalidModel, "pads \(numbers.prefix(16)) for \(net.rank(try call.input(0))) axes")
        }
        return stride(from: 0, to: numbers.count, by: 2).map { [numbers[$0], numbers[$0 + 1]] }
    }

    private static func pad(
        _ net: inout TFLiteGraphBuilder, _ call: TFLiteContext, _ attributes: [String: AttributeValue],
        _ number: ValueID?, _ pads: [[Int]]
    ) throws {
        let input = try call.input(0)
        var (operands, isFirst) = try net.operands([input])
        if !isFirst, pads.count == 4, pads[0] == [0, 0], pads[3] == [0, 0], !net.isConstant(input) {
            // A border of pixels is mostly that of a convolution, which takes it over if both have channels first.
            (operands, isFirst) = ([try net.first(input)], true)
        }
        let places = net.ordered(pads, isFirst: isFirst)
        let numbers = try net.constant(call.name + "/pads", places.map { $0[0] } + places.map { $0[1] })
        var inputs = [operands[0], numbers]
        if let number { inputs.append(number) }
        try net.define(call.output, net.node("Pad", call.name, inputs, attributes), isFirst: isFirst)
    }

    @Sendable static func tile(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let counts = try long(&net, call.input(1), call.name + "/repeats")
        try net.define(call.output, net.node("Tile", call.name, [net.last(call.input(0)), counts]))
    }

    @Sendable static func gather(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        guard try call.int(1) == 0 else {
            throw DeeperError(.unsupported, "gathering with \(try call.int(1)) axes of the batch")
        }
        let operands = [try net.last(call.input(0)), try net.last(call.input(1))]
        try net.define(call.output, net.node("Gather", call.name, operands, ["axis": .int(call.int(0))]))
    }

    @Sendable static func gatherND(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let indices = try long(&net, call.input(1), call.name + "/indices")
        try net.define(call.output, net.node("GatherND", call.name, [net.last(call.input(0)), indices]))
    }

    @Sendable static func depthToSpace(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        try rearrange(&net, call, "DepthToSpace")
    }

    @Sendable static func spaceToDepth(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        try rearrange(&net, call, "SpaceToDepth")
    }

    private static func rearrange(
        _ net: inout TFLiteGraphBuilder, _ call: TFLiteContext, _ operatorName: String
    ) throws {
        let made = try net.node(
            operatorName, call.name, [net.first(call.input(0))], ["blocksize": .int(call.int(0))])
        try net.define(call.output, made, isFirst: true)
    }
}
