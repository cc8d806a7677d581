import DeeperGraphs
import DeeperTensors

// Layers that move elements.
extension CaffeLayers {
    /// An axis counted from the start; negative ones count from the end.
    static func axis(_ given: Int, _ shape: Shape, isEndAllowed: Bool = false) throws -> Int {
        let axis = given < 0 ? given + shape.rank : given
        guard axis >= 0, axis < shape.rank + (isEndAllowed ? 1 : 0) else {
            throw DeeperError(.invalidModel, "axis \(given) of the shape \(shape)")
        }
        return axis
    }

    /// - Parameter extents: as in ONNX: 0 keeps an extent, -1 takes the rest.
    static func reshaped(
        _ net: inout CaffeGraphBuilder, _ x: ValueID, _ extents: [Int], _ name: String
    ) throws -> ValueID {
        try net.node("Reshape", name, [x, try net.constant("\(name)/shape", extents)])
    }

    @Sendable static func concat(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...4096)
        var p = try layer.parameters.parameters("concat_param")
        let given = try p.int("axis") ?? p.int("concat_dim") ?? 1
        p.ignore("concat_dim")
        try p.finish()
        let inputs = try layer.layer.bottoms.map { try net.read($0) }
        // Priors of SSD are constants, and stay constants.
        let constants = inputs.compactMap { net.constantValue($0) }
        let axis = try axis(given, try net.shape(inputs[0]))
        if constants.count == inputs.count, let joined = try joinedPriors(constants, axis) {
            return net.define(layer.layer.tops[0], try net.constant(layer.name, joined))
        }
        net.define(layer.layer.tops[0], try net.node("Concat", layer.name, inputs, ["axis": .int(axis)]))
    }

    @Sendable static func slice(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1, tops: 1...4096)
        var p = try layer.parameters.parameters("slice_param")
        let x = try net.read(layer.layer.bottoms[0])
        let shape = try net.shape(x)
        let axis = try axis(try p.int("axis") ?? p.int("slice_dim") ?? 1, shape)
        p.ignore("slice_dim")
        let points = try p.ints("slice_point")
        try p.finish()
        let tops = layer.layer.tops
        var sizes = Array(repeating: shape[axis] / tops.count, count: tops.count)
        if !points.isEmpty {
            guard points.count == tops.count - 1 else {
                throw DeeperError(.invalidModel, "\(points.count) slice_point for \(tops.count) tops")
            }
            sizes = zip(points + [shape[axis]], [0] + points).map { $0 - $1 }
        }
        guard sizes.reduce(0, +) == shape[axis], sizes.allSatisfy({ $0 > 0 }) else {
            throw DeeperError(
                .invalidModel, "\(shape[axis]) elements of axis \(axis) cannot be divided into \(sizes)")
        }
        let parts = try net.nodes(
            "Split", layer.name, [x, try net.constant("\(layer.name)/sizes", sizes)], ["axis": .int(axis)],
            outputCount: tops.count)
        for (top, part) in zip(tops, parts) { net.define(top, part) }
    }

    @Sendable static func split(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1, tops: 1...4096)
        let x = try net.read(layer.layer.bottoms[0])
        for top in layer.layer.tops { net.define(top, try net.node("Identity", top, [x])) }
    }

    @Sendable static func flatten(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        var p = try layer.parameters.parameters("flatten_param")
        let x = try net.read(layer.layer.bottoms[0])
        let shape = try net.shape(x)
        let first = try axis(try p.int("axis") ?? 1, shape)
        let last = try axis(try p.int("end_axis") ?? -1, shape)
        try p.finish()
        guard first <= last else { throw DeeperError(.invalidModel, "axes \(first) to \(last)") }
        if first == 1, last == shape.rank - 1 {
            return net.define(layer.layer.tops[0], try net.node("Flatten", layer.name, [x], ["axis": .int(1)]))
        }
        let count = shape.dimensions[first...last].reduce(1, *)
        let extents = Array(repeating: 0, count: first) + [count] + shape.dimensions[(last + 1)...]
        net.define(layer.layer.tops[0], try reshaped(&net, x, batchKept(extents, shape), layer.name))
    }

    /// The extent of the batch is not written down if it stays the same.
    private static func batchKept(_ extents: [Int], _ shape: Shape) -> [Int] {
        guard let first = extents.first, first == shape[0] || first == 0, shape.rank > 0 else { return extents }
        return [0] + extents.dropFirst()
    }

    @Sendable static func reshape(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        var p = try layer.parameters.parameters("reshape_param")
        let x = try net.read(layer.layer.bottoms[0])
        let shape = try net.shape(x)
        let given = try CaffeNet.extents(p.messages("shape").last ?? TextMessage())
        let firstGiven = try p.int("axis") ?? 0
        let first = firstGiven >= 0 ? firstGiven : firstGiven + shape.rank + 1
        let counted = try p.int("num_axes") ?? -1
        try p.finish()
        let end = counted == -1 ? shape.rank : first + counted
        guard first >= 0, first <= end, end <= shape.rank else {
            throw DeeperError(.invalidModel, "axes \(first) to \(end - 1) of \(shape)")
        }
        let middle = try given.enumerated().map { index, extent in
            guard extent == 0 else { return extent }
            guard first + index < end else { throw DeeperError(.invalidModel, "dim: 0 for an axis that is not there") }
            return shape[first + index]
        }
        guard middle.allSatisfy({ $0 >= -1 }), middle.filter({ $0 == -1 }).count <= 1 else {
            throw DeeperError(.invalidModel, "the extents \(given)")
        }
        let extents = shape.dimensions[..<first] + middle + shape.dimensions[end...]
        net.define(layer.layer.tops[0], try reshaped(&net, x, batchKept(Array(extents), shape), layer.name))
    }

    @Sendable static func crop(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 2...2)
        var p = try layer.parameters.parameters("crop_param")
        let x = try net.read(layer.layer.bottoms[0])
        let (shape, wanted) = (try net.shape(x), try net.shape(net.read(layer.layer.bottoms[1])))
        let first = try axis(try p.int("axis") ?? 2, shape)
        let offsets = try p.ints("offset")
        try p.finish()
        // The batch stays open if the text does not crop it.
        let axes = Array((first == 0 && wanted.dimensions.first == shape[0] ? 1 : first)..<shape.rank)
        guard axes.first != 0 else { throw DeeperError(.unsupported, "cropping the batch") }
        guard wanted.rank == shape.rank, [0, 1, axes.count].contains(offsets.count) else {
            throw DeeperError(.invalidModel, "\(shape) cannot be cropped to \(wanted) with \(offsets.count) offsets")
        }
        let starts = axes.indices.map { offsets.isEmpty ? 0 : offsets.count == 1 ? offsets[0] : offsets[$0] }
        for (axis, start) in zip(axes, starts) where start < 0 || start > shape[axis] - wanted[axis] {
            throw DeeperError(.invalidModel, "\(shape) cannot be cropped to \(wanted) with the offset \(start)")
        }
        let inputs = [
            x, try net.constant("\(layer.name)/starts", starts),
            try net.constant("\(layer.name)/ends", zip(axes, starts).map { wanted[$0] + $1 }),
            try net.constant("\(layer.name)/axes", axes),
        ]
        net.define(layer.layer.tops[0], try net.node("Slice", layer.name, inputs))
    }

    @Sendable static func permute(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        var p = try layer.parameters.parameters("permute_param")
        let x = try net.read(layer.layer.bottoms[0])
        let shape = try net.shape(x)
        let order = try p.ints("order")
        try p.finish()
        let all = order + shape.dimensions.indices.filter { !order.contains($0) }
        guard all.sorted() == Array(shape.dimensions.indices) else {
            throw DeeperError(.invalidModel, "the order \(order) of the axes of \(shape)")
        }
        net.define(layer.layer.tops[0], try net.node("Transpose", layer.name, [x], ["perm": .ints(all)]))
    }

    @Sendable static func argMax(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        var p = try layer.parameters.parameters("argmax_param")
        let x = try net.read(layer.layer.bottoms[0])
        guard let given = try p.int("axis"), try p.int("top_k") ?? 1 == 1, try !p.flag("out_max_val", default: false)
        else {
            throw DeeperError(.unsupported, "ArgMax without an axis, of several classes, or with values")
        }
        let axis = try axis(given, try net.shape(x))
        try p.finish()
        let indices = try net.node(
            "ArgMax", "\(layer.name)/indices", [x], ["axis": .int(axis), "select_last_index": .int(1)])
        net.define(layer.layer.tops[0], try net.node("Cast", layer.name, [indices], ["to": .int(1)]))
    }
}
