import DeeperGraphs
import DeeperTensors

// Operators that treat every element alike.
extension TFLiteOperators {
    static func unary(_ operatorName: String, _ attributes: [String: AttributeValue] = [:]) -> TFLiteConversion {
        { net, call in
            let (operands, isFirst) = try net.operands([call.input(0)])
            try net.define(call.output, net.node(operatorName, call.name, operands, attributes), isFirst: isFirst)
        }
    }

    static func clip(_ low: Float, _ high: Float) -> TFLiteConversion {
        { net, call in
            let (operands, isFirst) = try net.operands([call.input(0)])
            try net.define(call.output, net.clip(operands[0], low, high, call.name), isFirst: isFirst)
        }
    }

    @Sendable static func gelu(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        try unary("Gelu", ["approximate": .string(call.flag(0) ? "tanh" : "none")])(&net, call)
    }

    @Sendable static func leakyRelu(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        try unary("LeakyRelu", ["alpha": .float(call.float(0))])(&net, call)
    }

    @Sendable static func rsqrt(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (operands, isFirst) = try net.operands([call.input(0)])
        let root = try net.node("Sqrt", call.name + "/Sqrt", operands)
        try net.define(call.output, net.node("Reciprocal", call.name, [root]), isFirst: isFirst)
    }

    @Sendable static func square(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (operands, isFirst) = try net.operands([call.input(0)])
        try net.define(call.output, net.node("Mul", call.name, operands + operands), isFirst: isFirst)
    }

    /// - Parameter activation: the field of the function that the operator applies to its result.
    static func binary(_ operatorName: String, activation: Int? = nil) -> TFLiteConversion {
        { net, call in
            let (operands, isFirst) = try net.operands([call.input(0), call.input(1)])
            let result = try net.node(operatorName, call.name, operands)
            let function = try activation.map { try call.byte($0) } ?? 0
            try net.define(call.output, net.activate(result, function, call.name), isFirst: isFirst)
        }
    }

    @Sendable static func addN(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (operands, isFirst) = try net.operands(call.inputs)
        try net.define(call.output, net.node("Sum", call.name, operands), isFirst: isFirst)
    }

    @Sendable static func notEqual(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (operands, isFirst) = try net.operands([call.input(0), call.input(1)])
        let equal = try net.node("Equal", call.name + "/Equal", operands)
        try net.define(call.output, net.node("Not", call.name, [equal]), isFirst: isFirst)
    }

    @Sendable static func squaredDifference(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (operands, isFirst) = try net.operands([call.input(0), call.input(1)])
        let difference = try net.node("Sub", call.name + "/Sub", operands)
        try net.define(call.output, net.node("Mul", call.name, [difference, difference]), isFirst: isFirst)
    }

    /// The largest whole number not above x / y. ONNX rounds quotients of integers towards zero.
    @Sendable static func floorDiv(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (operands, isFirst) = try net.operands([call.input(0), call.input(1)])
        var x = operands[0]
        let areIntegers = try net.elementType(call.input(0)).isInteger
        if areIntegers {
            let rest = try net.node("Mod", call.name + "/Mod", operands)
            x = try net.node("Sub", call.name + "/Sub", [x, rest])
        }
        var quotient = try net.node("Div", call.name, [x, operands[1]])
        if !areIntegers { quotient = try net.node("Floor", call.name + "/Floor", [quotient]) }
        try net.define(call.output, quotient, isFirst: isFirst)
    }

    /// What x exceeds the largest multiple of y below it by; it has the sign of y.
    @Sendable static func floorMod(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (operands, isFirst) = try net.operands([call.input(0), call.input(1)])
        guard try !net.elementType(call.input(0)).isInteger else {
            return try net.define(call.output, net.node("Mod", call.name, operands), isFirst: isFirst)
        }
        let rest = try net.node("Mod", call.name + "/Mod", operands, ["fmod": .int(1)])
        let zero = try net.constant(call.name + "/zero", 0)
        let signs = try [rest, operands[1]].map { try net.node("Less", call.name + "/Less", [$0, zero]) }
        let differ = try net.node("Xor", call.name + "/Xor", signs)
        let isWhole = try net.node("Equal", call.name + "/Equal", [rest, zero])
        let isOther = try net.node("And", call.name + "/And", [differ, net.node("Not", call.name + "/Not", [isWhole])])
        let sum = try net.node("Add", call.name + "/Add", [rest, operands[1]])
        try net.define(call.output, net.node("Where", call.name, [isOther, sum, rest]), isFirst: isFirst)
    }

    /// The condition of SELECT may also have an element for each entry of the first axis.
    @Sendable static func select(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let (condition, rank) = (try call.input(0), net.rank(try call.input(1)))
        guard call.operation.name == "SELECT", net.rank(condition) == 1, rank > 1 else {
            let (operands, isFirst) = try net.operands([condition, call.input(1), call.input(2)])
            return try net.define(call.output, net.node("Where", call.name, operands), isFirst: isFirst)
        }
        let shape = try net.constant(call.name + "/shape", [-1] + Array(repeating: 1, count: rank - 1))
        let rows = try net.node("Reshape", call.name + "/Reshape", [net.last(condition), shape])
        let (operands, isFirst) = try net.operands([call.input(1), call.input(2)])
        try net.define(call.output, net.node("Where", call.name, [rows] + operands), isFirst: isFirst)
    }

    /// Complex numbers lose their imaginary parts.
    @Sendable static func cast(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        if net.isComplex(try call.input(0)) { return try part(0)(&net, call) }
        let type = try net.elementType(call.output)
        // The integers of quantised values are cast, and not the real numbers that they stand for.
        let (value, isFirst) = try net.integers(of: call.input(0))
        let result = try net.node("Cast", call.name, [value], ["to": .int(type.onnxCode)])
        try net.define(call.output, stored: result, isFirst: isFirst)
    }

    /// A sparse constant becomes a dense one when it is read.
    @Sendable static func densify(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        try net.define(call.output, sameAs: call.input(0))
    }

    /// Values of quantised tensors are known as real numbers.
    @Sendable static func dequantize(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        let input = try call.input(0)
        if net.isConstant(input) { return try net.define(call.output, sameAs: input) }
        var (operands, isFirst) = try net.operands([input])
        if net.type(operands[0])?.elementType == .float16 {
            let type = AttributeValue.int(ElementType.float32.onnxCode)
            operands[0] = try net.node("Cast", call.name + "/Cast", operands, ["to": type])
        }
        try net.define(call.output, operands[0], isFirst: isFirst)
    }

    @Sendable static func quantize(_ net: inout TFLiteGraphBuilder, _ call: TFLiteContext) throws {
        guard net.isQuantized(call.output) else {
            throw DeeperError(.invalidModel, "the output has no scale")
        }
        let (operands, isFirst) = try net.operands([call.input(0)])
        try net.define(call.output, operands[0], isFirst: isFirst)
    }
}
