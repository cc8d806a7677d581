import DeeperGraphs
import DeeperTensors

// Layers with matrix products.
extension CaffeLayers {
    @Sendable static func convolution(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try convolve(&net, &layer, isTransposed: false)
    }

    @Sendable static func deconvolution(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try convolve(&net, &layer, isTransposed: true)
    }

    private static func convolve(
        _ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext, isTransposed: Bool
    ) throws {
        // Several bottoms share the weights.
        try layer.expect(bottoms: 1...64, tops: layer.layer.bottoms.count...layer.layer.bottoms.count)
        var p = try layer.parameters.parameters("convolution_param")
        p.ignore("weight_filler", "bias_filler", "engine", "force_nd_im2col")
        let inputs = try layer.layer.bottoms.map { try net.read($0) }
        let shape = try net.shape(inputs[0])
        guard try p.int("axis") ?? 1 == 1, shape.rank >= 3 else {
            throw DeeperError(.unsupported, "a convolution of \(shape) whose axis of channels is not 1")
        }
        let axes = shape.rank - 2
        guard let outputs = try p.int("num_output"), outputs > 0 else {
            throw DeeperError(.invalidModel, "num_output is required and at least 1")
        }
        let window = try window(&p, axes: axes, padding: 0, stride: 1)
        let dilation = try perAxis(try p.ints("dilation"), axes, "dilation") ?? Array(repeating: 1, count: axes)
        let isDepthwise = layer.layer.type != "Convolution" && !isTransposed
        let groups = try p.int("group") ?? (isDepthwise ? outputs : 1)
        let hasBias = try p.flag("bias_term", default: true)
        try p.finish()
        guard groups > 0, shape[1] % groups == 0, outputs % groups == 0 else {
            throw DeeperError(
                .invalidModel, "\(shape[1]) channels and \(outputs) outputs cannot be divided into \(groups) groups")
        }
        let first = isTransposed ? [shape[1], outputs / groups] : [outputs, shape[1] / groups]
        var blobs = [("weights", first + window.kernel)]
        if hasBias { blobs.append(("bias", [outputs])) }
        let constants = try net.weights(of: layer.layer, blobs)
        let attributes: [String: AttributeValue] = [
            "kernel_shape": .ints(window.kernel), "strides": .ints(window.strides),
            "pads": .ints(window.pads + window.pads), "dilations": .ints(dilation), "group": .int(groups),
        ]
        for (input, top) in zip(inputs, layer.layer.tops) {
            net.define(
                top,
                try net.node(
                    isTransposed ? "ConvTranspose" : "Conv", layer.name, [input] + constants, attributes))
        }
    }

    @Sendable static func innerProduct(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 1...1)
        var p = try layer.parameters.parameters("inner_product_param")
        p.ignore("weight_filler", "bias_filler")
        let x = try net.read(layer.layer.bottoms[0])
        let shape = try net.shape(x)
        let axis = try axis(try p.int("axis") ?? 1, shape)
        guard let outputs = try p.int("num_output"), outputs > 0 else {
            throw DeeperError(.invalidModel, "num_output is required and at least 1")
        }
        let hasBias = try p.flag("bias_term", default: true)
        let isTransposed = try p.flag("transpose", default: false)
        try p.finish()
        let count = shape.dimensions[axis...].reduce(1, *)
        var blobs = [("weights", isTransposed ? [count, outputs] : [outputs, count])]
        if hasBias { blobs.append(("bias", [outputs])) }
        let y: ValueID
        if axis == 1 {
            let constants = try net.weights(of: layer.layer, blobs)
            let flat =
                shape.rank == 2 ? x : try net.node("Flatten", "\(layer.name)/flatten", [x], ["axis": .int(1)])
            y = try net.node(
                "Gemm", layer.name, [flat] + constants, ["transB": .int(isTransposed ? 0 : 1)])
        } else {
            // Every row of a tensor of any rank.
            let tensors = try net.tensors(of: layer.layer, blobs.map(\.1))
            let matrix = isTransposed ? tensors[0] : try transposed(tensors[0], outputs, count)
            let weights = try net.constant("\(layer.name)/weights", matrix)
            let rows =
                axis == shape.rank - 1
                ? x
                : try reshaped(&net, x, Array(repeating: 0, count: axis) + [count], "\(layer.name)/reshape")
            let product = try net.node("MatMul", hasBias ? "\(layer.name)/product" : layer.name, [rows, weights])
            y =
                hasBias
                ? try net.node("Add", layer.name, [product, try net.constant("\(layer.name)/bias", tensors[1])])
                : product
        }
        net.define(layer.layer.tops[0], y)
    }

    private static func transposed(_ matrix: Tensor, _ rows: Int, _ columns: Int) throws -> Tensor {
        let elements = try matrix.elements(as: Float.self)
        var result = [Float](repeating: 0, count: elements.count)
        for row in 0..<rows {
            for column in 0..<columns { result[column * rows + row] = elements[row * columns + column] }
        }
        return try Tensor(result, shape: [columns, rows])
    }

    /// A value for each spatial axis: one for all, or one for each.
    static func perAxis(_ values: [Int], _ axes: Int, _ name: String) throws -> [Int]? {
        switch values.count {
        case 0: return nil
        case 1: return Array(repeating: values[0], count: axes)
        case axes: return values
        default: throw DeeperError(.invalidModel, "\(name) has \(values.count) values for \(axes) axes")
        }
    }

    /// Kernel, strides and padding, each as one number, one for each axis or `_h` and `_w`.
    static func window(
        _ p: inout CaffeParameters, axes: Int, padding: Int, stride: Int, needsKernel: Bool = true
    ) throws -> (kernel: [Int], strides: [Int], pads: [Int]) {
        func read(_ name: String, _ stem: String, least: Int) throws -> [Int]? {
            let values = try p.ints(name)
            let (height, width) = (try p.int("\(stem)_h"), try p.int("\(stem)_w"))
            guard height == nil && width == nil || values.isEmpty && axes == 2 else {
                throw DeeperError(.invalidModel, "\(name) excludes \(stem)_h and \(stem)_w, which are for two axes")
            }
            let result: [Int]? =
                if height != nil || width != nil {
                    [height ?? least, width ?? least]
                } else {
                    try perAxis(values, axes, name)
                }
            if let bad = result?.first(where: { $0 < least }) {
                throw DeeperError(.invalidModel, "\(name) is \(bad), expected at least \(least)")
            }
            return result
        }
        let kernel = try read("kernel_size", "kernel", least: 1)
        guard kernel != nil || !needsKernel else { throw DeeperError(.invalidModel, "kernel_size is required") }
        if (p.has("kernel_h") || p.has("kernel_w")) && !(p.has("kernel_h") && p.has("kernel_w")) {
            throw DeeperError(.invalidModel, "kernel_h and kernel_w are required together")
        }
        return (
            kernel ?? [],
            try read("stride", "stride", least: 1) ?? Array(repeating: stride, count: axes),
            try read("pad", "pad", least: 0) ?? Array(repeating: padding, count: axes)
        )
    }
}
