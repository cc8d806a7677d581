import DeeperGraphs
import DeeperTensors
import DeeperTestSupport

@testable import DeeperPasses

extension PassCase {
    private static func conv(_ net: inout Net, _ x: ValueID) throws -> ValueID {
        try net.conv(x, 4, to: 4, kernel: [3, 3], bias: true, ["pads": .ints([1, 1, 1, 1])])
    }

    /// A convolution of bytes, and its result's scale and zero point.
    private static func quantizedConv(_ net: inout Net, _ x: ValueID, groups: Int = 1) throws -> (
        ValueID, ValueID, ValueID
    ) {
        let weights = net.generator.floats(4 * 4 / groups * 9).map { Int8(($0 * 127).rounded()) }
        let scale = try net.scalar(0.0625), zero = net.constant(try Tensor([UInt8(120)], shape: []))
        let noZero = net.constant(try Tensor([Int8(0)], shape: []))
        let stored = net.constant(try Tensor(weights, shape: [4, 4 / groups, 3, 3]))
        let sums = try net.node(
            "QLinearConv", [x, scale, zero, stored, try net.scalar(0.01), noZero, scale, zero],
            ["pads": .ints([1, 1, 1, 1]), "group": .int(groups)])
        return (sums, scale, zero)
    }

    private static func bytes(_ net: inout Net) throws -> ValueID {
        let zero = net.constant(try Tensor([UInt8(120)], shape: []))
        return try net.node("QuantizeLinear", [try net.input([2, 4, 5, 5]), try net.scalar(0.03), zero])
    }

    /// The sum of two operands of bytes and their scales and zero points.
    private static func quantizedSum(
        _ net: inout Net, _ a: (ValueID, ValueID, ValueID), _ b: (ValueID, ValueID, ValueID)
    ) throws -> ValueID {
        let zero = net.constant(try Tensor([UInt8(99)], shape: []))
        return try net.node(
            "QLinearAdd", [a.0, a.1, a.2, b.0, b.1, b.2, try net.scalar(0.09), zero],
            domain: OperatorCatalog.runtimeDomain, opset: 1)
    }

    /// A sum of bytes, made of a convolution's result and its input.
    private static func sumCase(
        _ name: String, _ before: String, becomes after: String, isFirst: Bool = true, groups: Int = 1,
        scale: Float = 0.0625
    ) -> PassCase {
        PassCase(name, FuseResidual.self, before, becomes: after) { net in
            let x = try bytes(&net)
            var conv = try quantizedConv(&net, x, groups: groups)
            if scale != 0.0625 { conv.1 = try net.scalar(scale) }
            let other = (x, try net.scalar(0.03), conv.2)
            net.output(try quantizedSum(&net, isFirst ? conv : other, isFirst ? other : conv))
        }
    }

    static let fuseResidual: [PassCase] = [
        sumCase(
            "8-bit numbers", "QuantizeLinear QLinearConv QLinearAdd", becomes: "QuantizeLinear QLinearConv&"),
        sumCase(
            "8-bit numbers, the block's input first", "QuantizeLinear QLinearConv QLinearAdd",
            becomes: "QuantizeLinear QLinearConv&", isFirst: false),
        PassCase(
            "int8 numbers whose sum has no zero point", FuseResidual.self, "QuantizeLinear QLinearConv QLinearAdd",
            becomes: "QuantizeLinear QLinearConv&"
        ) { net in
            let scale = try net.scalar(0.03), zero = net.constant(try Tensor([Int8(3)], shape: []))
            let x = try net.node("QuantizeLinear", [try net.input([2, 4, 5, 5]), scale, zero])
            let stored = net.constant(try Tensor([Int8](repeating: 2, count: 16), shape: [4, 4, 1, 1]))
            let conv = try net.node("QLinearConv", [x, scale, zero, stored, scale, zero, scale, zero])
            net.output(
                try net.node(
                    "QLinearAdd", [conv, scale, zero, x, scale, zero, scale], domain: OperatorCatalog.runtimeDomain,
                    opset: 1))
        },
        sumCase(
            "8-bit numbers, taken for other ones than the convolution stores",
            "QuantizeLinear QLinearConv QLinearAdd", becomes: "QuantizeLinear QLinearConv QLinearAdd", scale: 0.05),
        sumCase(
            "8-bit numbers, a filter a channel", "QuantizeLinear QLinearConv QLinearAdd",
            becomes: "QuantizeLinear QLinearConv QLinearAdd", groups: 4),
        // x -> Conv -> Add(x) -> y  =>  x -> Conv + x -> y
        PassCase("a block's input", FuseResidual.self, "Conv Add", becomes: "Conv&") { net in
            let x = try net.input([2, 4, 5, 5])
            net.output(try net.node("Add", [try conv(&net, x), x]))
        },
        PassCase("a block's input, first, by Sum", FuseResidual.self, "Conv Sum", becomes: "Conv&") { net in
            let x = try net.input([2, 4, 5, 5])
            net.output(try net.node("Sum", [x, try conv(&net, x)]))
        },
        PassCase("a convolution without bias", FuseResidual.self, "Conv Add", becomes: "Conv&") { net in
            let x = try net.input([2, 4, 5, 5])
            net.output(try net.node("Add", [try net.conv(x, 4, to: 4), x]))
        },
        PassCase("two convolutions: the later one adds", FuseResidual.self, "Conv Conv Add", becomes: "Conv Conv&") {
            net in
            let x = try net.input([2, 4, 5, 5])
            let short = try conv(&net, x)
            net.output(try net.node("Add", [try conv(&net, x), short]))
        },
        // The other branch is computed after the convolution: the sum's place is the convolution's.
        PassCase("another branch, computed later", FuseResidual.self, "Conv Sigmoid Add", becomes: "Sigmoid Conv&") {
            net in
            let x = try net.input([2, 4, 5, 5])
            let conv = try conv(&net, x)
            net.output(try net.node("Add", [conv, try net.node("Sigmoid", [x])]))
        },
        PassCase("a picture of any size", FuseResidual.self, "Conv Add", becomes: "Conv&") { net in
            let x = try net.open([2, 4, 5, 5])
            net.output(try net.node("Add", [try conv(&net, x), x]))
        },
        PassCase("a sum of itself", FuseResidual.self, stays: "Conv Add") { net in
            let conv = try conv(&net, try net.input([2, 4, 5, 5]))
            net.output(try net.node("Add", [conv, conv]))
        },
        PassCase("an activation before the sum", FuseResidual.self, stays: "Conv Relu Add") { net in
            let x = try net.input([2, 4, 5, 5])
            net.output(try net.node("Add", [try net.node("Relu", [try conv(&net, x)]), x]))
        },
        PassCase("two readers", FuseResidual.self, stays: "Conv Add Add") { net in
            let x = try net.input([2, 4, 5, 5])
            let conv = try conv(&net, x)
            net.output(try net.node("Add", [try net.node("Add", [conv, x]), conv]))
        },
        PassCase("a residual that is broadcast", FuseResidual.self, stays: "Conv Add") { net in
            let x = try net.input([2, 4, 5, 5])
            net.output(try net.node("Add", [try conv(&net, x), try net.input([2, 4, 1, 1])]))
        },
        // Equal for a batch of one alone.
        PassCase("a residual that is broadcast over the batch", FuseResidual.self, stays: "Conv Add") { net in
            let x = try net.input([2, 4, 5, 5])
            net.output(try net.node("Add", [try conv(&net, x), try net.input([1, 4, 5, 5], isFixed: true)]))
        },
        // Equal for one batch alone: two inputs with extents of their own.
        PassCase("a residual of another unknown batch", FuseResidual.self, stays: "Conv Add", runs: false) { net in
            let x = try net.open([2, 4, 5, 5])
            net.output(try net.node("Add", [try conv(&net, x), try net.open([1, 4, 1, 1])]))
        },
        PassCase("one filter a channel", FuseResidual.self, "Conv Add", becomes: "Conv&") { net in
            let x = try net.input([2, 4, 5, 5])
            net.output(try net.node("Add", [try net.conv(x, 4, to: 4, ["group": .int(4)]), x]))
        },
        PassCase("two groups", FuseResidual.self, stays: "Conv Add") { net in
            let x = try net.input([2, 4, 5, 5])
            net.output(try net.node("Add", [try net.conv(x, 4, to: 4, ["group": .int(2)]), x]))
        },
        PassCase("three operands", FuseResidual.self, stays: "Conv Sum") { net in
            let x = try net.input([2, 4, 5, 5])
            net.output(try net.node("Sum", [try conv(&net, x), x, x]))
        },
    ]
}
