import DeeperGraphs
import DeeperTensors

// Pooling, normalisation, reduction and resampling.
extension TFLiteOperators {
    static func pooling(_ operatorName: String) -> TFLiteConversion {
        { net, call in
            let made = try pooled(&net, call, operatorName, net.first(call.input(0)), call.name)
            try net.define(call.output, net.activate(made, call.byte(5), call.name), isFirst: true)
        }
    }

    private static func pooled(
        _ net: inout TFLiteGraphBuilder, _ call: TFLiteContext, _ operatorName: String, _ x: ValueID, _ name: String
    ) throws -> ValueID {
        let picture = try call.input(0)
        guard net.rank(picture) == 4 else {
            throw DeeperError(.invalidModel, "the input has \(net.rank(picture)) axes, expected 4")
        }
        let window = Window(
            kernel: [try call.int(4), try call.int(3)], strides: [try call.int(2), try call.int(1)],
            isSame: try isSame(call, 0))
        return try net.node(operatorName, name, [x], window.attributes(Array(try net.fixedExtents(picture)[1...2])))
    }

    /// The root of the mean of squares.
    @Sendable static func l2Pooling(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let x = try net.first(call.input(0))
        let squares = try net.node("Mul", call.name + "/Mul", [x, x])
        let means = try pooled(&net, call, "AveragePool", squares, call.name + "/AveragePool")
        let roots = try net.node("Sqrt", call.name, [means])
        try net.define(call.output, net.activate(roots, call.byte(5), call.name), isFirst: true)
    }

    /// Divides by the root of the sum of squares along the last axis, or by 1e-6 if that is larger.
    @Sendable static func l2Normalization(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let input = try call.input(0)
        let (operands, isFirst) = try net.operands([input])
        let axis = try net.constant(call.name + "/axes", [net.axis(-1, of: input, isFirst: isFirst)])
        let sums = try net.node("ReduceSumSquare", call.name + "/ReduceSumSquare", [operands[0], axis])
        let bounded = try net.node("Max", call.name + "/Max", [sums, net.constant(call.name + "/least", 1e-12)])
        let roots = try net.node("Sqrt", call.name + "/Sqrt", [bounded])
        let result = try net.node("Div", call.name, [operands[0], roots])
        try net.define(call.output, net.activate(result, call.byte(0), call.name), isFirst: isFirst)
    }

    /// The sum of squares is not divided by its number of terms, as ONNX's is.
    @Sendable static func lrn(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let radius = try call.int(0)
        guard (0...1 << 20).contains(radius) else { throw DeeperError(.invalidModel, "the radius is \(radius)") }
        let size = 2 * radius + 1
        let attributes: [String: AttributeValue] = [
            "size": .int(size), "bias": .float(try call.float(1)), "alpha": .float(try call.float(2) * Float(size)),
            "beta": .float(try call.float(3)),
        ]
        try net.define(
            call.output, net.node("LRN", call.name, [net.first(call.input(0))], attributes), isFirst: true)
    }

    @Sendable static func softmax(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let input = try call.input(0)
        var (operands, isFirst) = try net.operands([input])
        let beta = try call.float(0)
        if beta != 1 {
            operands[0] = try net.node(
                "Mul", call.name + "/Mul", [operands[0], net.constant(call.name + "/beta", beta)])
        }
        let axis = try net.axis(-1, of: input, isFirst: isFirst)
        try net.define(
            call.output, net.node("Softmax", call.name, operands, ["axis": .int(axis)]), isFirst: isFirst)
    }

    @Sendable static func logSoftmax(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let input = try call.input(0)
        let (operands, isFirst) = try net.operands([input])
        let axis = try net.axis(-1, of: input, isFirst: isFirst)
        try net.define(
            call.output, net.node("LogSoftmax", call.name, operands, ["axis": .int(axis)]), isFirst: isFirst)
    }

    /// Inputs are the values and the axes.
    static func reduction(_ operatorName: String) -> TFLiteConversion {
        { net, call in
            let input = try call.input(0)
            let rank = net.rank(input)
            let axes = try resolveAxes(Array(Set(net.integers(call.input(1)))), rank: rank).sorted()
            let keepsAxes = try call.flag(0)
            let isReal = try net.isQuantized(input) || net.elementType(input) == .float32
            let isPicture = rank == 4 && axes == [1, 2] && operatorName == "ReduceMean" && isReal
            // Without the reduced axes, the others have to be in one order in both forms.
            let rest = (0..<rank).filter { !axes.contains($0) }
            let isSafe = keepsAxes || !rest.contains(rank - 1) || !rest.contains { $0 > 0 && $0 < rank - 1 }
            let isFirst = isPicture || net.isFirst(input) && isSafe
            let x = try isFirst ? net.first(input) : net.last(input)
            if isPicture {
                let means = try net.node(
                    "GlobalAveragePool", keepsAxes ? call.name : call.name + "/GlobalAveragePool", [x])
                if keepsAxes { return try net.define(call.output, means, isFirst: true) }
                let axes = try net.constant(call.name + "/axes", [2, 3])
                return try net.define(call.output, net.node("Squeeze", call.name, [means, axes]))
            }
            let places = try axes.map { try net.axis($0, of: input, isFirst: isFirst) }
            let made = try net.node(
                operatorName, call.name, [x, net.constant(call.name + "/axes", places)],
                ["keepdims": .int(keepsAxes ? 1 : 0), "noop_with_empty_axes": .int(1)])
            try net.define(call.output, made, isFirst: isFirst && keepsAxes)
        }
    }

    static func arg(_ operatorName: String) -> TFLiteConversion {
        { net, call in
            let input = try call.input(0)
            let axes = try net.integers(call.input(1))
            guard axes.count == 1 else { throw DeeperError(.invalidModel, "\(axes.count) axes") }
            let places = try net.node(
                operatorName, call.name + "/" + operatorName, [net.last(input)],
                ["axis": .int(axes[0]), "keepdims": .int(0)])
            let type = try net.elementType(call.output)
            try net.define(call.output, net.node("Cast", call.name, [places], ["to": .int(type.onnxCode)]))
        }
    }

    @Sendable static func cumSum(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let made = try net.node(
            "CumSum", call.name, [net.last(call.input(0)), net.last(call.input(1))],
            ["exclusive": .int(call.flag(0) ? 1 : 0), "reverse": .int(call.flag(1) ? 1 : 0)])
        try net.define(call.output, made)
    }

    @Sendable static func topK(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        guard call.operation.outputs.count == 2 else { throw DeeperError(.invalidModel, "not two outputs") }
        let counts = try net.integers(call.input(1))
        let made = try net.nodes(
            "TopK", call.name, [net.last(call.input(0)), net.constant(call.name + "/k", counts)],
            ["axis": .int(-1)], outputCount: 2)
        try net.define(call.output, made[0])
        let type = try net.elementType(call.operation.outputs[1])
        try net.define(
            call.operation.outputs[1],
            net.node("Cast", call.name + "/indices", [made[1]], ["to": .int(type.onnxCode)]))
    }

    /// Inputs are the picture, and the height and the width of the result.
    static func resize(isLinear: Bool) -> TFLiteConversion {
        { net, call in
            let sizes = try net.integers(call.input(1))
            guard sizes.count == 2, sizes.allSatisfy({ $0 > 0 }), net.rank(try call.input(0)) == 4 else {
                throw DeeperError(.invalidModel, "the size is \(sizes.prefix(4))")
            }
            // The first two fields of bilinear resizing are out of use.
            let isAligned = try call.flag(isLinear ? 2 : 0)
            let isCentred = try call.flag(isLinear ? 3 : 1)
            var attributes: [String: AttributeValue] = [
                "mode": .string(isLinear ? "linear" : "nearest"), "axes": .ints([2, 3]),
                "coordinate_transformation_mode": .string(
                    isAligned ? "align_corners" : isCentred ? "half_pixel" : "asymmetric"),
            ]
            if !isLinear {
                attributes["nearest_mode"] = .string(isAligned || isCentred ? "round_prefer_ceil" : "floor")
            }
            let operands = [try net.first(call.input(0)), nil, nil, try net.constant(call.name + "/sizes", sizes)]
            try net.define(call.output, net.node("Resize", call.name, operands, attributes), isFirst: true)
        }
    }
}
