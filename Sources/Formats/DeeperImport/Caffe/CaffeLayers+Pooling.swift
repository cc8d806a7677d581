import DeeperGraphs
import DeeperTensors

extension CaffeLayers {
    @Sendable static func pooling(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1, tops: 1...2)
        var p = try layer.parameters.parameters("pooling_param")
        p.ignore("engine")
        let x = try net.read(layer.layer.bottoms[0])
        let shape = try net.shape(x)
        guard shape.rank == 4 else { throw DeeperError(.unsupported, "pooling of \(shape), expected four axes") }
        let method = try p.choice("pool", ["MAX", "AVE", "STOCHASTIC"]) ?? "MAX"
        guard method != "STOCHASTIC" else {
            throw DeeperError(.unsupported, "stochastic pooling, which is for training")
        }
        let isGlobal = try p.flag("global_pooling", default: false)
        let rounding = try p.choice("round_mode", ["CEIL", "FLOOR"])
        let isCeil = try p.flag("ceil_mode", default: true) && rounding != "FLOOR"
        let window = try window(&p, axes: 2, padding: 0, stride: 1, needsKernel: !isGlobal)
        try p.finish()
        let tops = layer.layer.tops
        guard tops.count == 1 || method == "MAX" && !isGlobal else {
            throw DeeperError(.unsupported, "positions of this kind of pooling")
        }
        if isGlobal {
            guard window.pads == [0, 0], window.strides == [1, 1] else {
                throw DeeperError(.invalidModel, "global pooling has no padding and the stride 1")
            }
            let name = method == "MAX" ? "GlobalMaxPool" : "GlobalAveragePool"
            return net.define(tops[0], try net.node(name, layer.name, [x]))
        }
        try check(window, shape, isCeil: isCeil)
        var attributes: [String: AttributeValue] = [
            "kernel_shape": .ints(window.kernel), "strides": .ints(window.strides),
            "pads": .ints(window.pads + window.pads), "ceil_mode": .int(isCeil ? 1 : 0),
        ]
        if method == "AVE" {
            attributes["count_include_pad"] = .int(1)
            return net.define(tops[0], try net.node("AveragePool", layer.name, [x], attributes))
        }
        let outputs = try net.nodes("MaxPool", layer.name, [x], attributes, outputCount: tops.count)
        net.define(tops[0], outputs[0])
        if tops.count == 2 {
            net.positions[outputs[1]] = shape
            net.define(tops[1], outputs[1])
        }
    }

    /// Caffe leaves a last window out that would start after the picture, but only if there is padding. Without, it
    /// computes with an empty window.
    private static func check(_ window: (kernel: [Int], strides: [Int], pads: [Int]), _ shape: Shape, isCeil: Bool)
        throws
    {
        for axis in 0..<2 {
            let (extent, stride, pad) = (shape[axis + 2], window.strides[axis], window.pads[axis])
            guard pad < window.kernel[axis] else {
                throw DeeperError(
                    .invalidModel, "the padding \(window.pads) is not less than the kernel \(window.kernel)")
            }
            let room = extent + 2 * pad - window.kernel[axis]
            guard isCeil, window.pads == [0, 0], room >= 0 else { continue }
            guard (room + stride - 1) / stride * stride < extent else {
                throw DeeperError(
                    .unsupported, "a window of the kernel \(window.kernel) would be outside of the picture of \(shape)")
            }
        }
    }

    /// SegNet's unpooling by positions, or with one bottom the enlargement of darknet's networks.
    @Sendable static func upsample(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...2)
        var p = try layer.parameters.parameters("upsample_param")
        let scale = try p.int("scale") ?? 2
        let x = try net.read(layer.layer.bottoms[0])
        let shape = try net.shape(x)
        guard shape.rank == 4, scale >= 1 else { throw DeeperError(.unsupported, "scale \(scale) of \(shape)") }
        if layer.layer.bottoms.count == 1 {
            try p.finish()
            let scales = try net.constant(
                "\(layer.name)/scales", try Tensor([1, 1, Float(scale), Float(scale)], shape: [4]))
            let attributes: [String: AttributeValue] = [
                "mode": .string("nearest"), "coordinate_transformation_mode": .string("asymmetric"),
                "nearest_mode": .string("floor"),
            ]
            return net.define(
                layer.layer.tops[0], try net.node("Resize", layer.name, [x, nil, scales], attributes))
        }
        let positions = try net.read(layer.layer.bottoms[1])
        guard let source = net.positions[positions] else {
            throw DeeperError(.unsupported, "an unpooling whose second bottom is not the second top of a pooling")
        }
        let padded = (try p.flag("pad_out_h", default: false), try p.flag("pad_out_w", default: false))
        let height = try p.int("upsample_h") ?? shape[2] * scale - (padded.0 ? 1 : 0)
        let width = try p.int("upsample_w") ?? shape[3] * scale - (padded.1 ? 1 : 0)
        try p.finish()
        guard [height, width] == Array(source.dimensions[2...]) else {
            throw DeeperError(
                .unsupported, "unpooling to \(height) x \(width) of positions in \(source[2]) x \(source[3])")
        }
        // A shape would fix the batch too, so it is given only where it is not the usual one.
        let isUsual = [height, width] == [shape[2] * scale, shape[3] * scale]
        let size = isUsual ? nil : try net.constant("\(layer.name)/shape", [shape[0], shape[1], height, width])
        let attributes: [String: AttributeValue] = [
            "kernel_shape": .ints([scale, scale]), "strides": .ints([scale, scale]),
        ]
        net.define(
            layer.layer.tops[0],
            try net.node("MaxUnpool", layer.name, [x, positions] + (size.map { [$0] } ?? []), attributes))
    }

    /// Bilinear resizing in which the corners of both pictures lie on each other.
    @Sendable static func interp(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...2)
        var p = try layer.parameters.parameters("interp_param")
        let x = try net.read(layer.layer.bottoms[0])
        let shape = try net.shape(x)
        guard shape.rank == 4, try p.int("pad_beg") ?? 0 == 0, try p.int("pad_end") ?? 0 == 0 else {
            throw DeeperError(.unsupported, "interpolation of \(shape), or with padding")
        }
        let second = layer.layer.bottoms.count == 2 ? try net.shape(net.read(layer.layer.bottoms[1])) : nil
        let (shrink, zoom) = (try p.int("shrink_factor"), try p.int("zoom_factor"))
        let (height, width) = (try p.int("height"), try p.int("width"))
        try p.finish()
        guard shrink ?? 1 >= 1, (1...1024).contains(zoom ?? 1) else {
            throw DeeperError(.invalidModel, "shrink_factor is \(shrink ?? 1) and zoom_factor \(zoom ?? 1)")
        }
        func shrunk(_ size: [Int]) -> [Int] { size.map { ($0 - 1) / (shrink ?? 1) + 1 } }
        func zoomed(_ size: [Int]) -> [Int] { size.map { $0 + ($0 - 1) * ((zoom ?? 1) - 1) } }
        let own = Array(shape.dimensions[2...])
        let size: [Int]
        // The order in which DeepLab's version looks at them.
        if (shrink == nil) != (zoom == nil) {
            size = zoomed(shrunk(own))
        } else if let height, let width, height > 0, width > 0 {
            size = [height, width]
        } else if shrink != nil {
            size = zoomed(shrunk(own))
        } else if let second, second.rank == 4 {
            size = Array(second.dimensions[2...])
        } else {
            throw DeeperError(.invalidModel, "nothing gives the size: height and width, factors or a second bottom")
        }
        net.define(layer.layer.tops[0], try resized(&net, x, size, layer.name))
    }

    /// Sizes would fix the batch too, so the extents are given by scales.
    private static func resized(
        _ net: inout CaffeGraphBuilder, _ x: ValueID, _ size: [Int], _ name: String
    ) throws -> ValueID {
        let shape = try net.shape(x)
        let attributes: [String: AttributeValue] = [
            "mode": .string("linear"), "coordinate_transformation_mode": .string("align_corners"),
        ]
        // Scales give the extents by rounding down, so they are a little larger than the quotients.
        let scales = (0..<2).map { Float((Double(size[$0]) + 0.25) / Double(shape[$0 + 2])) }
        let constant = try net.constant("\(name)/scales", try Tensor([1, 1] + scales, shape: [4]))
        return try net.node("Resize", name, [x, nil, constant], attributes)
    }
}
