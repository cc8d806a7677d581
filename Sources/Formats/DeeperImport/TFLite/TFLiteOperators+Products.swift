import DeeperGraphs
import DeeperTensors

// Convolutions and products of matrices. Their weights are constants with the channels last.
extension TFLiteOperators {
    /// What the window of an operator moves by, and what surrounds the picture.
    struct Window {
        var kernel: [Int]
        var strides: [Int]
        var dilations = [1, 1]
        /// Whether the picture is extended so that the result has one place for each stride.
        var isSame: Bool

        /// The attributes of ONNX. Where the picture's extents are fixed, the pads are numbers.
        ///
        /// - Parameter extents: those of the picture, nil where they are open.
        func attributes(_ extents: [Int?]) throws -> [String: AttributeValue] {
            guard (kernel + strides + dilations).allSatisfy({ (1...1 << 24).contains($0) }) else {
                throw DeeperError(
                    .invalidModel, "a window of \(kernel) with strides \(strides), dilations \(dilations)")
            }
            var result: [String: AttributeValue] = [
                "kernel_shape": .ints(kernel), "strides": .ints(strides), "dilations": .ints(dilations),
            ]
            guard isSame else { return result }
            guard let height = extents[0], let width = extents[1] else {
                result["auto_pad"] = .string("SAME_UPPER")
                return result
            }
            let sums = [height, width].enumerated().map { axis, extent in
                let places = (extent + strides[axis] - 1) / strides[axis]
                return max(0, (places - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1 - extent)
            }
            let begins = sums.map { $0 / 2 }
            result["pads"] = .ints(begins + zip(sums, begins).map { $0 - $1 })
            return result
        }
    }

    /// Whether a field says SAME, and not VALID.
    static func isSame(_ call: TFLiteContext, _ field: Int) throws -> Bool {
        let padding = try call.byte(field)
        guard padding == 0 || padding == 1 else { throw DeeperError(.invalidModel, "padding \(padding)") }
        return padding == 0
    }

    /// The extents of the weights of a convolution, which have four axes.
    private static func weightExtents(_ net: TFLiteGraphBuilder, _ call: TFLiteContext, _ index: Int = 1) throws
        -> [Int]
    {
        let extents = net.tensor(try call.input(index)).extents
        guard extents.count == 4, extents.allSatisfy({ $0 > 0 }) else {
            throw DeeperError(.invalidModel, "the weights have the shape \(Shape(extents))")
        }
        return extents
    }

    private static func checkPicture(_ net: TFLiteGraphBuilder, _ picture: Int) throws -> [Int] {
        let extents = net.tensor(picture).extents
        guard extents.count == 4, extents[3] > 0 else {
            throw DeeperError(.invalidModel, "the input has the shape \(Shape(extents)), expected four axes")
        }
        return extents
    }

    @Sendable static func convolution(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (picture, weights) = (try call.input(0), try weightExtents(net, call))
        let channels = try checkPicture(net, picture)[3]
        guard channels % weights[3] == 0 else {
            throw DeeperError(.invalidModel, "\(channels) channels, the weights have the shape \(Shape(weights))")
        }
        let window = Window(
            kernel: [weights[1], weights[2]], strides: [try call.int(2), try call.int(1)],
            dilations: [try call.int(5, default: 1), try call.int(4, default: 1)], isSame: try isSame(call, 0))
        try convolve(
            &net, call, window, groups: channels / weights[3], order: [0, 3, 1, 2], activation: call.byte(3))
    }

    /// The weights have the channels of the result last, those of one channel of the picture next to each other.
    @Sendable static func depthwiseConvolution(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let weights = try weightExtents(net, call)
        let channels = try checkPicture(net, call.input(0))[3]
        guard weights[0] == 1, weights[3] % channels == 0 else {
            throw DeeperError(.invalidModel, "\(channels) channels, the weights have the shape \(Shape(weights))")
        }
        let window = Window(
            kernel: [weights[1], weights[2]], strides: [try call.int(2), try call.int(1)],
            dilations: [try call.int(6, default: 1), try call.int(5, default: 1)], isSame: try isSame(call, 0))
        try convolve(&net, call, window, groups: channels, order: [3, 0, 1, 2], activation: call.byte(4))
    }

    private static func convolve(
        _ net: inout TFLiteGraphBuilder, _ call: TFLiteContext, _ window: Window, groups: Int, order: [Int],
        activation: Int
    ) throws {
        let picture = try call.input(0)
        var attributes = try window.attributes(Array(try net.fixedExtents(picture)[1...2]))
        attributes["group"] = .int(groups)
        let weights = try weights(&net, call.input(1), order)
        let bias = try net.bias(call.optionalInput(2))
        let result = try net.node("Conv", call.name, [net.first(picture), weights, bias], attributes)
        try net.define(call.output, net.activate(result, activation, call.name), isFirst: true)
    }

    private static func weights(_ net: inout TFLiteGraphBuilder, _ tensor: Int, _ order: [Int]) throws -> ValueID {
        if net.isConstant(tensor) { return try net.constant(tensor, axes: order) }
        return try net.node("Transpose", net.name(tensor) + "/Transpose", [net.last(tensor)], ["perm": .ints(order)])
    }

    /// Inputs are the extents of the result, the weights, the picture and the bias.
    @Sendable static func transposedConvolution(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (picture, weights) = (try call.input(2), try weightExtents(net, call))
        let extents = try checkPicture(net, picture)
        let result = net.tensor(call.output).extents
        guard extents[3] == weights[3], result.count == 4 else {
            throw DeeperError(
                .invalidModel, "the input has the shape \(Shape(extents)), the weights \(Shape(weights))")
        }
        guard try net.fixedExtents(picture)[1...2].allSatisfy({ $0 != nil }) else {
            throw DeeperError(.unsupported, "the height and the width are open")
        }
        let isSame = try isSame(call, 0)
        let strides = [try call.int(2), try call.int(1)]
        let kernel = [weights[1], weights[2]]
        var attributes = try Window(kernel: kernel, strides: strides, isSame: false).attributes([])
        var (begins, ends, more): ([Int], [Int], [Int]) = ([], [], [])
        for axis in 0..<2 {
            let natural = (extents[axis + 1] - 1) * strides[axis] + kernel[axis]
            let wanted = result[axis + 1]
            let places = isSame ? wanted + strides[axis] - 1 : wanted - kernel[axis] + strides[axis]
            guard places / strides[axis] == extents[axis + 1] else {
                throw DeeperError(
                    .invalidModel, "a result of \(result[1]) x \(result[2]) from \(extents[1]) x \(extents[2]) pixels")
            }
            let begin = isSame ? max(0, natural - wanted) / 2 : 0
            begins.append(begin)
            ends.append(max(0, natural - wanted) - begin)
            more.append(max(0, wanted - natural))
        }
        attributes["pads"] = .ints(begins + ends)
        attributes["output_padding"] = .ints(more)
        let bias = try net.bias(call.optionalInput(3))
        let operands = [try net.first(picture), try Self.weights(&net, call.input(1), [3, 0, 1, 2]), bias]
        let made = try net.node("ConvTranspose", call.name, operands, attributes)
        try net.define(call.output, net.activate(made, call.byte(3), call.name), isFirst: true)
    }

    /// The weights have a row for each number of the result.
    @Sendable static func fullyConnected(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (input, tensor) = (try call.input(0), try call.input(1))
        let weights = net.tensor(tensor).extents
        guard weights.count == 2, try call.byte(1) == 0 else {
            throw DeeperError(
                .unsupported, "weights of the shape \(Shape(weights)) in format \(try call.byte(1))")
        }
        var x = try net.last(input)
        let keepsAxes = try call.flag(2) && net.rank(input) != 2
        let isFlat = net.rank(input) == 2 && net.tensor(input).extents[1] == weights[1]
        let bias = try net.bias(call.optionalInput(2))
        var result: ValueID
        if keepsAxes {
            result = try net.node("MatMul", call.name, [x, try Self.weights(&net, tensor, [1, 0])])
            if let bias { result = try net.node("Add", call.name + "/Add", [result, bias]) }
        } else {
            if !isFlat {
                let shape = try net.constant(call.name + "/shape", [-1, weights[1]])
                x = try net.node("Reshape", call.name + "/Reshape", [x, shape])
            }
            result = try net.node("Gemm", call.name, [x, net.last(tensor), bias], ["transB": .int(1)])
        }
        try net.define(call.output, net.activate(result, call.byte(0), call.name))
    }

    @Sendable static func batchMatMul(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let operands = try [0, 1].map { index in
            let tensor = try call.input(index)
            let (value, rank) = (try net.last(tensor), net.rank(tensor))
            guard try call.flag(index) else { return value }
            guard rank >= 2 else { throw DeeperError(.invalidModel, "a matrix with \(rank) axes") }
            let order = Array(0..<rank - 2) + [rank - 1, rank - 2]
            return try net.node("Transpose", call.name + "/Transpose", [value], ["perm": .ints(order)])
        }
        try net.define(call.output, net.node("MatMul", call.name, operands))
    }
}
