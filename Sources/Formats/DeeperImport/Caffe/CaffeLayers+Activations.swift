import DeeperGraphs
import DeeperTensors

// Layers that compute every element alone.
extension CaffeLayers {
    @Sendable static func relu(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        var p = try layer.parameters.parameters("relu_param")
        p.ignore("engine")
        let slope = try p.float("negative_slope") ?? 0
        try p.finish()
        let x = try net.read(layer.layer.bottoms[0])
        net.define(
            layer.layer.tops[0],
            slope == 0
                ? try net.node("Relu", layer.name, [x])
                : try net.node("LeakyRelu", layer.name, [x], ["alpha": .float(slope)]))
    }

    @Sendable static func relu6(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        let x = try net.read(layer.layer.bottoms[0])
        let bounds = [try net.constant("\(layer.name)/low", 0), try net.constant("\(layer.name)/high", 6)]
        net.define(layer.layer.tops[0], try net.node("Clip", layer.name, [x] + bounds))
    }

    @Sendable static func prelu(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        var p = try layer.parameters.parameters("prelu_param")
        p.ignore("filler")
        let isShared = try p.flag("channel_shared", default: false)
        try p.finish()
        let x = try net.read(layer.layer.bottoms[0])
        let shape = try net.shape(x)
        guard shape.rank >= 2 else { throw DeeperError(.unsupported, "PReLU of \(shape)") }
        let slopes = try net.tensors(of: layer.layer, [isShared ? [] : [shape[1]]])[0]
        let extents = (isShared ? [1] : [shape[1]]) + Array(repeating: 1, count: shape.rank - 2)
        let slope = try net.constant("\(layer.name)/slope", try slopes.reshaped(Shape(extents)))
        net.define(layer.layer.tops[0], try net.node("PRelu", layer.name, [x, slope]))
    }

    @Sendable static func elu(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        var p = try layer.parameters.parameters("elu_param")
        let alpha = try p.float("alpha") ?? 1
        try p.finish()
        let x = try net.read(layer.layer.bottoms[0])
        net.define(layer.layer.tops[0], try net.node("Elu", layer.name, [x], ["alpha": .float(alpha)]))
    }

    @Sendable static func dropout(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        layer.parameters.ignore("dropout_param")
        net.define(layer.layer.tops[0], try net.node("Identity", layer.name, [net.read(layer.layer.bottoms[0])]))
    }

    /// (shift + scale x) ^ power
    @Sendable static func power(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        var p = try layer.parameters.parameters("power_param")
        let (power, scale, shift) = (try p.float("power") ?? 1, try p.float("scale") ?? 1, try p.float("shift") ?? 0)
        try p.finish()
        var x = try linear(&net, layer, try net.read(layer.layer.bottoms[0]), scale, shift, isLast: power == 1)
        if power != 1 {
            x = try net.node("Pow", layer.name, [x, try net.constant("\(layer.name)/power", power)])
        }
        net.define(layer.layer.tops[0], x)
    }

    /// scale x + shift, without steps that change nothing.
    private static func linear(
        _ net: inout CaffeGraphBuilder, _ layer: CaffeLayerContext, _ input: ValueID, _ scale: Float, _ shift: Float,
        isLast: Bool
    ) throws -> ValueID {
        var x = input
        let name = layer.name
        if scale != 1 {
            let node = isLast && shift == 0 ? name : "\(name)/scaled"
            x = try net.node("Mul", node, [x, try net.constant("\(name)/scale", scale)])
        }
        if shift != 0 {
            x = try net.node("Add", isLast ? name : "\(name)/shifted", [x, try net.constant("\(name)/shift", shift)])
        }
        return isLast && x == input ? try net.node("Identity", name, [x]) : x
    }

    /// base ^ (shift + scale x)
    @Sendable static func exp(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        var p = try layer.parameters.parameters("exp_param")
        let (base, scale, shift) = (try base(&p), try p.float("scale") ?? 1, try p.float("shift") ?? 0)
        try p.finish()
        let factor = base.map { CaffeLayers.logarithm($0) } ?? 1
        let x = try linear(
            &net, layer, try net.read(layer.layer.bottoms[0]), scale * factor, shift * factor, isLast: false)
        net.define(layer.layer.tops[0], try net.node("Exp", layer.name, [x]))
    }

    /// The logarithm of shift + scale x.
    @Sendable static func log(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        var p = try layer.parameters.parameters("log_param")
        let (base, scale, shift) = (try base(&p), try p.float("scale") ?? 1, try p.float("shift") ?? 0)
        try p.finish()
        var x = try linear(&net, layer, try net.read(layer.layer.bottoms[0]), scale, shift, isLast: false)
        x = try net.node("Log", base == nil ? layer.name : "\(layer.name)/natural", [x])
        if let base {
            let factor = try net.constant("\(layer.name)/factor", 1 / CaffeLayers.logarithm(base))
            x = try net.node("Mul", layer.name, [x, factor])
        }
        net.define(layer.layer.tops[0], x)
    }

    /// nil for e, which Caffe writes as -1.
    private static func base(_ p: inout CaffeParameters) throws -> Float? {
        guard let base = try p.float("base"), base != -1 else { return nil }
        guard base > 0, base != 1 else {
            throw DeeperError(.invalidModel, "base is \(base), expected more than 0 and not 1")
        }
        return base
    }

    @Sendable static func threshold(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        var p = try layer.parameters.parameters("threshold_param")
        let threshold = try net.constant("\(layer.name)/threshold", try p.float("threshold") ?? 0)
        try p.finish()
        let x = try net.read(layer.layer.bottoms[0])
        let isGreater = try net.node("Greater", "\(layer.name)/greater", [x, threshold])
        net.define(layer.layer.tops[0], try net.node("Cast", layer.name, [isGreater], ["to": .int(1)]))
    }

    @Sendable static func eltwise(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 2...1024)
        var p = try layer.parameters.parameters("eltwise_param")
        p.ignore("stable_prod_grad")
        let operation = try p.choice("operation", ["PROD", "SUM", "MAX"]) ?? "SUM"
        let factors = try p.floats("coeff")
        try p.finish()
        var inputs = try layer.layer.bottoms.map { try net.read($0) }
        let shapes = try inputs.map { try net.shape($0) }
        guard shapes.allSatisfy({ $0 == shapes[0] }) else {
            throw DeeperError(.invalidModel, "the bottoms have different shapes: \(shapes)")
        }
        guard factors.isEmpty || operation == "SUM" && factors.count == inputs.count else {
            throw DeeperError(.invalidModel, "\(factors.count) coeff for \(operation) of \(inputs.count) bottoms")
        }
        for (index, factor) in factors.enumerated() where factor != 1 {
            let constant = try net.constant("\(layer.name)/coeff\(index)", factor)
            inputs[index] = try net.node("Mul", "\(layer.name)/scaled\(index)", [inputs[index], constant])
        }
        let name = ["PROD": "Mul", "SUM": "Add", "MAX": "Max"][operation] ?? operation
        var x = inputs[0]
        for (index, input) in inputs.enumerated().dropFirst() {
            x = try net.node(name, index == inputs.count - 1 ? layer.name : "\(layer.name)/\(index)", [x, input])
        }
        net.define(layer.layer.tops[0], x)
    }

    @Sendable static func scale(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        var p = try layer.parameters.parameters("scale_param")
        p.ignore("filler", "bias_filler")
        let hasBias = try p.flag("bias_term", default: false)
        try apply(&net, &layer, &p, [("Mul", "scale")] + (hasBias ? [("Add", "bias")] : []))
    }

    @Sendable static func bias(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        var p = try layer.parameters.parameters("bias_param")
        p.ignore("filler")
        try apply(&net, &layer, &p, [("Add", "bias")])
    }

    /// Multiplies by or adds an operand along some axes: a second bottom for the first operation, else blobs.
    private static func apply(
        _ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext, _ p: inout CaffeParameters,
        _ operations: [(node: String, operand: String)]
    ) throws {
        try layer.expect(bottoms: 1...2)
        let input = try net.read(layer.layer.bottoms[0])
        let shape = try net.shape(input)
        let second = layer.layer.bottoms.count == 2 ? try net.read(layer.layer.bottoms[1]) : nil
        let axis = try axis(try p.int("axis") ?? 1, shape, isEndAllowed: true)
        let given = try p.int("num_axes") ?? 1
        try p.finish()
        let count = try second.map { try net.shape($0).rank } ?? (given == -1 ? shape.rank - axis : given)
        guard count >= 0, axis + count <= shape.rank else {
            throw DeeperError(.invalidModel, "axes \(axis) to \(axis + count - 1) of \(shape)")
        }
        let extents = Array(shape.dimensions[axis..<axis + count])
        let ones = Array(repeating: 1, count: shape.rank - axis - count)
        if let second, try net.shape(second).dimensions != extents {
            throw DeeperError(
                .invalidModel, "the second bottom has shape \(try net.shape(second)), expected \(extents)")
        }
        let blobs = operations.dropFirst(second == nil ? 0 : 1)
        let tensors = blobs.isEmpty ? [] : try net.tensors(of: layer.layer, blobs.map { _ in extents })
        var operands: [ValueID] = []
        if let second {
            operands.append(
                ones.isEmpty
                    ? second
                    : try reshaped(
                        &net, second, Array(repeating: 0, count: count) + ones, "\(layer.name)/reshape"))
        }
        for (operation, tensor) in zip(blobs, tensors) {
            operands.append(
                try net.constant("\(layer.name)/\(operation.operand)", try tensor.reshaped(Shape(extents + ones))))
        }
        var x = input
        for (index, operation) in operations.enumerated() {
            let name = index == operations.count - 1 ? layer.name : "\(layer.name)/scaled"
            x = try net.node(operation.node, name, [x, operands[index]])
        }
        net.define(layer.layer.tops[0], x)
    }
}
