import DeeperGraphs
import DeeperTensors
import Glibc

extension CaffeLayers {
    static func logarithm(_ x: Float) -> Float { Float(Glibc.log(Double(x))) }

    @Sendable static func batchNorm(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        var p = try layer.parameters.parameters("batch_norm_param")
        p.ignore("moving_average_fraction")
        guard try p.flag("use_global_stats", default: true) else {
            throw DeeperError(
                .unsupported, "use_global_stats is false: the statistics of the batch, which are for training")
        }
        let epsilon = try p.float("eps") ?? 1e-5
        try p.finish()
        let x = try net.read(layer.layer.bottoms[0])
        let shape = try net.shape(x)
        guard shape.rank >= 2 else { throw DeeperError(.unsupported, "BatchNorm of \(shape)") }
        let channels = shape[1]
        let tensors = try net.tensors(of: layer.layer, [[channels], [channels], [1]])
        // The sums that Caffe stores are divided by the weight of what was added up.
        let weight = try tensors[2].elements(as: Float.self)[0]
        let factor = weight == 0 ? 0 : 1 / weight
        func vector(_ name: String, _ values: [Float]) throws -> ValueID {
            try net.constant("\(layer.name)/\(name)", try Tensor(values, shape: [channels]))
        }
        let inputs = [
            x, try vector("scale", Array(repeating: 1, count: channels)),
            try vector("bias", Array(repeating: 0, count: channels)),
            try vector("mean", tensors[0].elements(as: Float.self).map { $0 * factor }),
            try vector("variance", tensors[1].elements(as: Float.self).map { $0 * factor }),
        ]
        net.define(
            layer.layer.tops[0],
            try net.node("BatchNormalization", layer.name, inputs, ["epsilon": .float(epsilon)]))
    }

    @Sendable static func lrn(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        var p = try layer.parameters.parameters("lrn_param")
        p.ignore("engine")
        let size = try p.int("local_size") ?? 5
        let (alpha, beta, k) = (try p.float("alpha") ?? 1, try p.float("beta") ?? 0.75, try p.float("k") ?? 1)
        let region = try p.choice("norm_region", ["ACROSS_CHANNELS", "WITHIN_CHANNEL"]) ?? "ACROSS_CHANNELS"
        try p.finish()
        guard size > 0, size % 2 == 1 else {
            throw DeeperError(.invalidModel, "local_size is \(size), expected an odd number")
        }
        let x = try net.read(layer.layer.bottoms[0])
        guard region == "WITHIN_CHANNEL" else {
            let attributes: [String: AttributeValue] = [
                "size": .int(size), "alpha": .float(alpha), "beta": .float(beta), "bias": .float(k),
            ]
            return net.define(layer.layer.tops[0], try net.node("LRN", layer.name, [x], attributes))
        }
        // x / (1 + alpha * mean of the squares in the window) ^ beta; k has no meaning here.
        let window: [String: AttributeValue] = [
            "kernel_shape": .ints([size, size]), "pads": .ints(Array(repeating: size / 2, count: 4)),
            "count_include_pad": .int(1),
        ]
        let name = layer.name
        let squares = try net.node("Mul", "\(name)/squares", [x, x])
        let means = try net.node("AveragePool", "\(name)/means", [squares], window)
        let scaled = try net.node("Mul", "\(name)/scaled", [means, try net.constant("\(name)/alpha", alpha)])
        let sums = try net.node("Add", "\(name)/sums", [scaled, try net.constant("\(name)/one", 1)])
        let factors = try net.node("Pow", "\(name)/factors", [sums, try net.constant("\(name)/exponent", -beta)])
        net.define(layer.layer.tops[0], try net.node("Mul", name, [x, factors]))
    }

    /// (x - mean) / (standard deviation + eps)
    @Sendable static func mvn(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        var p = try layer.parameters.parameters("mvn_param")
        let scales = try p.flag("normalize_variance", default: true)
        let isAcross = try p.flag("across_channels", default: false)
        let epsilon = try p.float("eps") ?? 1e-9
        try p.finish()
        let x = try net.read(layer.layer.bottoms[0])
        let shape = try net.shape(x)
        let axes = Array((isAcross ? 1 : 2)..<max(shape.rank, 2))
        guard !axes.isEmpty, shape.rank >= 2 else { throw DeeperError(.unsupported, "MVN of \(shape)") }
        let (name, over) = (layer.name, ["axes": AttributeValue.ints(axes)])
        let means = try net.node("ReduceMean", "\(name)/means", [x], over)
        let centred = try net.node("Sub", scales ? "\(name)/centred" : name, [x, means])
        guard scales else { return net.define(layer.layer.tops[0], centred) }
        let squares = try net.node("Mul", "\(name)/squares", [centred, centred])
        let variances = try net.node("ReduceMean", "\(name)/variances", [squares], over)
        let deviations = try net.node("Sqrt", "\(name)/deviations", [variances])
        let divisors = try net.node("Add", "\(name)/divisors", [deviations, try net.constant("\(name)/eps", epsilon)])
        net.define(layer.layer.tops[0], try net.node("Div", name, [centred, divisors]))
    }

    /// SSD's L2 normalisation: x / sqrt(eps + sum of the squares) * scale.
    @Sendable static func normalize(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        var p = try layer.parameters.parameters("norm_param")
        p.ignore("scale_filler")
        let isAcross = try p.flag("across_spatial", default: true)
        let isShared = try p.flag("channel_shared", default: true)
        let epsilon = try p.float("eps") ?? 1e-10
        try p.finish()
        let x = try net.read(layer.layer.bottoms[0])
        let shape = try net.shape(x)
        guard shape.rank == 4 else { throw DeeperError(.unsupported, "Normalize of \(shape), expected four axes") }
        let name = layer.name
        let axes = isAcross ? [1, 2, 3] : [1]
        let factors = try net.tensors(of: layer.layer, [isShared ? [1] : [shape[1]]])[0]
        let scale = try net.constant("\(name)/scale", try factors.reshaped(isShared ? [1, 1, 1] : [shape[1], 1, 1]))
        let squares = try net.node("Mul", "\(name)/squares", [x, x])
        let sums = try net.node(
            "ReduceSum", "\(name)/sums", [squares, try net.constant("\(name)/axes", axes)])
        let shifted = try net.node("Add", "\(name)/shifted", [sums, try net.constant("\(name)/eps", epsilon)])
        let norms = try net.node("Sqrt", "\(name)/norms", [shifted])
        let unit = try net.node("Div", "\(name)/unit", [x, norms])
        net.define(layer.layer.tops[0], try net.node("Mul", name, [unit, scale]))
    }

    @Sendable static func softmax(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        var p = try layer.parameters.parameters("softmax_param")
        p.ignore("engine")
        let x = try net.read(layer.layer.bottoms[0])
        let axis = try axis(try p.int("axis") ?? 1, try net.shape(x))
        try p.finish()
        net.define(layer.layer.tops[0], try net.node("Softmax", layer.name, [x], ["axis": .int(axis)]))
    }
}
