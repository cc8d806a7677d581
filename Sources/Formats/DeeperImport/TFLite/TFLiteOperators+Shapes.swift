import DeeperGraphs
import DeeperTensors

// Operators that change shapes, or tell them.
extension TFLiteOperators {
    @Sendable static func reshape(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let input = try call.input(0)
        let shape: ValueID
        if let tensor = call.optionalInput(1) {
            shape = try long(&net, tensor, call.name + "/shape")
        } else {
            let extents = try call.operation.options?.ints(0) ?? []
            // Old converters write a scalar so.
            shape = try net.constant(call.name + "/shape", extents == [0] ? [] : extents)
        }
        let made = try net.node("Reshape", call.name, [net.last(input), shape], ["allowzero": .int(1)])
        try net.define(call.output, made)
    }

    /// Integers as int64, which ONNX takes for shapes and indices.
    static func long(_ net: inout TFLiteGraphBuilder, _ tensor: Int, _ name: String) throws -> ValueID {
        if net.isConstant(tensor) { return try net.constant(name, net.constantTensor(tensor).converted(to: .int64)) }
        return try net.node("Cast", name, [net.last(tensor)], ["to": .int(ElementType.int64.onnxCode)])
    }

    @Sendable static func expandDims(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (input, rank) = (try call.input(0), net.rank(try call.input(0)))
        let axes = try net.integers(call.input(1))
        guard axes.count == 1 else { throw DeeperError(.invalidModel, "\(axes.count) axes, expected 1") }
        let axis = try resolveAxis(axes[0], rank: rank + 1)
        // An axis between the first and the last leaves the channels where they are.
        let isFirst = net.isFirst(input) && (1..<rank).contains(axis)
        let place = try net.constant(call.name + "/axes", [isFirst ? axis + 1 : axis])
        let made = try net.node("Unsqueeze", call.name, [isFirst ? net.first(input) : net.last(input), place])
        try net.define(call.output, made, isFirst: isFirst)
    }

    @Sendable static func squeeze(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let input = try call.input(0)
        let (extents, rank) = (net.tensor(input).extents, net.rank(input))
        let given = try call.operation.options?.ints(0) ?? []
        let axes =
            given.isEmpty ? extents.indices.filter { extents[$0] == 1 } : try resolveAxes(given, rank: rank).sorted()
        if net.isComplex(input) {
            let places = try net.constant(call.name + "/axes", axes)
            let made = try net.node("Squeeze", call.name, [net.complex(input), places])
            return try net.define(call.output, complex: made)
        }
        let isFirst =
            net.isFirst(input) && rank - axes.count >= 3 && axes.allSatisfy { (1..<rank - 1).contains($0) }
        let places = try net.constant(call.name + "/axes", isFirst ? axes.map { $0 + 1 } : axes)
        let made = try net.node("Squeeze", call.name, [isFirst ? net.first(input) : net.last(input), places])
        try net.define(call.output, made, isFirst: isFirst)
    }

    @Sendable static func shape(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let input = try call.input(0)
        var extents: ValueID
        if net.isFirst(input) {
            let first = try net.node("Shape", call.name + "/Shape", [net.first(input)])
            let order = TFLiteGraphBuilder.lastOrder(net.rank(input))
            extents = try net.node(
                "Gather", call.name + "/Gather", [first, net.constant(call.name + "/order", order)])
        } else {
            extents = try net.node("Shape", call.name + "/Shape", [net.last(input)])
        }
        let type = try net.elementType(call.output)
        try net.define(call.output, net.node("Cast", call.name, [extents], ["to": .int(type.onnxCode)]))
    }

    @Sendable static func rank(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let rank = Int32(net.rank(try call.input(0)))
        try net.define(call.output, net.constant(call.name, Tensor(scalar: rank)))
    }

    @Sendable static func range(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        try net.define(call.output, net.node("Range", call.name, try (0..<3).map { try net.last(call.input($0)) }))
    }

    /// Inputs are the extents and the value.
    @Sendable static func fill(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let extents = try long(&net, call.input(0), call.name + "/shape")
        try net.define(call.output, net.node("Expand", call.name, [net.last(call.input(1)), extents]))
    }

    @Sendable static func broadcastTo(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let extents = try long(&net, call.input(1), call.name + "/shape")
        try net.define(call.output, net.node("Expand", call.name, [net.last(call.input(0)), extents]))
    }

    @Sendable static func zerosLike(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (operands, isFirst) = try net.operands([call.input(0)])
        let extents = try net.node("Shape", call.name + "/Shape", operands)
        let zero = try Tensor(net.elementType(call.output), shape: [1])
        try net.define(
            call.output, net.node("ConstantOfShape", call.name, [extents], ["value": .tensor(zero)]), isFirst: isFirst)
    }

    /// The order that makes one form of a picture from the other needs no node.
    @Sendable static func transpose(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (input, rank) = (try call.input(0), net.rank(try call.input(0)))
        let order = try net.integers(call.input(1))
        guard order.sorted() == Array(0..<rank) else {
            throw DeeperError(.invalidModel, "\(order.prefix(16)) is not an order of \(rank) axes")
        }
        if rank >= 3, !net.isQuantized(call.output) {
            if order == TFLiteGraphBuilder.firstOrder(rank), net.isFirst(input) {
                return try net.define(call.output, net.first(input))
            }
            if order == TFLiteGraphBuilder.lastOrder(rank) {
                return try net.define(call.output, net.last(input), isFirst: true)
            }
        }
        let made = try net.node("Transpose", call.name, [net.last(input)], ["perm": .ints(order)])
        try net.define(call.output, made)
    }

    /// The axes that are cut into blocks: extents, those of a block, and what is added before and after, or cut off.
    private struct Blocks {
        let extents: [Int]
        let block: [Int]
        let borders: [[Int]]
        /// The extents of the axes after these.
        let rest: [Int]

        /// Inputs are the value, the extents of a block and the borders.
        init(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
            let input = try call.input(0)
            let fixed = try net.fixedExtents(input).dropFirst()
            block = try net.integers(call.input(1))
            let numbers = try net.integers(call.input(2))
            guard numbers.count == 2 * block.count, block.count < net.rank(input),
                (block + numbers).allSatisfy({ (0...1 << 24).contains($0) }), !block.contains(0)
            else {
                throw DeeperError(.invalidModel, "blocks of \(block.prefix(8)) with borders of \(numbers.prefix(16))")
            }
            let known = fixed.compactMap { $0 }
            guard known.count == fixed.count else {
                throw DeeperError(.unsupported, "blocks of a value whose extents are open")
            }
            extents = Array(known.prefix(block.count))
            rest = Array(known.dropFirst(block.count))
            borders = stride(from: 0, to: numbers.count, by: 2).map { [numbers[$0], numbers[$0 + 1]] }
        }
    }

    /// Moves blocks of pixels to the batch.
    @Sendable static func spaceToBatch(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let blocks = try Blocks(&net, call)
        let count = blocks.block.count
        let extents = zip(blocks.extents, blocks.borders).map { $0 + $1[0] + $1[1] }
        guard zip(extents, blocks.block).allSatisfy({ $0 % $1 == 0 }) else {
            throw DeeperError(.invalidModel, "extents of \(extents) do not divide into blocks of \(blocks.block)")
        }
        var x = try net.last(call.input(0))
        if blocks.borders.contains(where: { $0 != [0, 0] }) {
            let none = blocks.rest.map { _ in 0 }
            let pads = [0] + blocks.borders.map { $0[0] } + none + [0] + blocks.borders.map { $0[1] } + none
            x = try net.node("Pad", call.name + "/Pad", [x, net.constant(call.name + "/pads", pads)])
        }
        let parts = zip(extents, blocks.block).map { $0 / $1 }
        let cut = [-1] + zip(parts, blocks.block).flatMap { [$0, $1] } + blocks.rest
        x = try net.node("Reshape", call.name + "/Reshape", [x, net.constant(call.name + "/blocks", cut)])
        let axes = (0..<count).map { 2 * $0 + 2 } + [0] + (0..<count).map { 2 * $0 + 1 }
        let order = axes + blocks.rest.indices.map { 2 * count + 1 + $0 }
        x = try net.node("Transpose", call.name + "/Transpose", [x], ["perm": .ints(order)])
        let shape = try net.constant(call.name + "/shape", [-1] + parts + blocks.rest)
        try net.define(call.output, net.node("Reshape", call.name, [x, shape]))
    }

    /// Moves parts of the batch to blocks of pixels.
    @Sendable static func batchToSpace(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let blocks = try Blocks(&net, call)
        let count = blocks.block.count
        let cut = blocks.block + [-1] + blocks.extents + blocks.rest
        var x = try net.last(call.input(0))
        x = try net.node("Reshape", call.name + "/Reshape", [x, net.constant(call.name + "/blocks", cut)])
        let axes = [count] + (0..<count).flatMap { [count + 1 + $0, $0] }
        let order = axes + blocks.rest.indices.map { 2 * count + 1 + $0 }
        x = try net.node("Transpose", call.name + "/Transpose", [x], ["perm": .ints(order)])
        let extents = zip(blocks.extents, blocks.block).map { $0 * $1 }
        let shape = try net.constant(call.name + "/shape", [-1] + extents + blocks.rest)
        x = try net.node("Reshape", call.name, [x, shape])
        if blocks.borders.contains(where: { $0 != [0, 0] }) {
            let ends = zip(extents, blocks.borders).map { $0 - $1[1] }
            let places = try [blocks.borders.map { $0[0] }, ends, Array(1...count)].map {
                try net.constant(call.name + "/cut", $0)
            }
            x = try net.node("Slice", call.name + "/Slice", [x] + places)
        }
        try net.define(call.output, x)
    }
}
