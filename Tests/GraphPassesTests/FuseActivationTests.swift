import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    private static func conv(_ net: inout Net) throws -> ValueID {
        try net.conv(try net.input([2, 4, 5, 5]), 4, to: 6, kernel: [3, 3], bias: true)
    }

    static let fuseActivation: [PassCase] = [
        // x -> Conv -> Relu -> y  =>  x -> Conv + Relu -> y
        PassCase("Relu into Conv", FuseActivation.self, "Conv Relu", becomes: "Conv+") { net in
            net.output(try net.node("Relu", [try conv(&net)]))
        },
        PassCase("Relu into a Conv of one filter a channel", FuseActivation.self, "Conv Relu", becomes: "Conv+") {
            net in
            let x = try net.input([2, 4, 5, 5])
            net.output(try net.node("Relu", [try net.conv(x, 4, to: 4, kernel: [3, 3], ["group": .int(4)])]))
        },
        PassCase("Relu into Gemm", FuseActivation.self, "Gemm Relu", becomes: "Gemm+") { net in
            let gemm = try net.node("Gemm", [try net.input([3, 4]), try net.weights([4, 5]), try net.weights([5])])
            net.output(try net.node("Relu", [gemm]))
        },
        PassCase("Relu into a Gemm of two inputs", FuseActivation.self, "Gemm Relu", becomes: "Gemm+") { net in
            let gemm = try net.node("Gemm", [try net.input([3, 4]), try net.input([4, 5], isFixed: true)])
            net.output(try net.node("Relu", [gemm]))
        },
        // x -> Conv -> Clip(a, b) -> y  =>  x -> Conv + clamp -> y
        PassCase("Clip", FuseActivation.self, "Conv Clip", becomes: "Conv+") { net in
            net.output(try net.node("Clip", [try conv(&net), try net.scalar(-0.5), try net.scalar(0.25)]))
        },
        PassCase("Clip of opset 6", FuseActivation.self, "Conv Clip", becomes: "Conv+") { net in
            let bounds: [String: AttributeValue] = ["min": .float(0), "max": .float(0.5)]
            net.output(try net.node("Clip", [try conv(&net)], bounds, opset: 6))
        },
        PassCase("Clip without a lower bound", FuseActivation.self, "Conv Clip", becomes: "Conv+") { net in
            net.output(try net.node("Clip", [try conv(&net), nil, try net.scalar(0.25)]))
        },
        PassCase("Clip whose bounds cross", FuseActivation.self, "Conv Clip", becomes: "Conv+") { net in
            net.output(try net.node("Clip", [try conv(&net), try net.scalar(0.5), try net.scalar(-0.25)]))
        },
        // x -> Conv -> Clip -> Relu -> y  =>  x -> Conv + clamp -> y
        PassCase("Clip and Relu", FuseActivation.self, "Conv Clip Relu", becomes: "Conv+") { net in
            let clip = try net.node("Clip", [try conv(&net), try net.scalar(-0.5), try net.scalar(0.25)])
            net.output(try net.node("Relu", [clip]))
        },
        PassCase("Clips that have nothing in common", FuseActivation.self, "Conv Clip Clip", becomes: "Conv+") { net in
            let clip = try net.node("Clip", [try conv(&net), try net.scalar(-0.5), try net.scalar(-0.25)])
            net.output(try net.node("Clip", [clip, try net.scalar(0.25), try net.scalar(0.5)]))
        },
        PassCase(
            "Relu into BatchNormalization", FuseActivation.self, "BatchNormalization Relu",
            becomes: "BatchNormalization+"
        ) {
            net in
            net.output(try net.node("Relu", [try net.batchNorm(try net.input([2, 4, 5, 5]), 4)]))
        },
        PassCase("Relu into Add, with broadcasting", FuseActivation.self, "Add Relu", becomes: "Add+") { net in
            let sum = try net.node("Add", [try net.input([2, 4, 5, 5]), try net.input([4, 1, 1], isFixed: true)])
            net.output(try net.node("Relu", [sum]))
        },
        PassCase("Clip into Add", FuseActivation.self, "Add Clip", becomes: "Add+") { net in
            let sum = try net.node("Add", [try net.input([2, 4, 5, 5]), try net.input([2, 4, 5, 5])])
            net.output(try net.node("Clip", [sum, try net.scalar(-0.5), try net.scalar(0.25)]))
        },
        PassCase("a sum of integers", FuseActivation.self, stays: "Cast Add Clip") { net in
            let x = try net.node("Cast", [try net.input([2, 4, 5, 5])], ["to": .int(6)])
            net.output(try net.node("Clip", [try net.node("Add", [x, x])]))
        },
        PassCase("two readers", FuseActivation.self, stays: "Conv Relu Add") { net in
            let conv = try conv(&net)
            net.output(try net.node("Add", [try net.node("Relu", [conv]), conv]))
        },
        PassCase("an output", FuseActivation.self, stays: "Conv Relu") { net in
            let conv = try conv(&net)
            net.output(try net.node("Relu", [conv]), conv)
        },
        PassCase("a bound that is an input", FuseActivation.self, stays: "Conv Clip") { net in
            let conv = try conv(&net)
            net.output(try net.node("Clip", [conv, try net.input(try Tensor(scalar: Float(0)))]))
        },
        // x -> Conv -> Mish -> y  =>  x -> Conv + Mish -> y
        PassCase("another activation", FuseActivation.self, "Conv Mish", becomes: "Conv+") { net in
            net.output(try net.node("Mish", [try conv(&net)], opset: 18))
        },
        PassCase("Sigmoid into Gemm, then Clip", FuseActivation.self, "Gemm Sigmoid Clip", becomes: "Gemm+") { net in
            let gemm = try net.node("Gemm", [try net.input([3, 4]), try net.weights([4, 5]), try net.weights([5])])
            net.output(
                try net.node("Clip", [try net.node("Sigmoid", [gemm]), try net.scalar(0.25), try net.scalar(0.75)]))
        },
        PassCase("Tanh into a product of computed matrices", FuseActivation.self, "MatMul Tanh", becomes: "MatMul+") {
            net in
            let product = try net.node("MatMul", [try net.input([2, 3, 4]), try net.input([2, 4, 5])])
            net.output(try net.node("Tanh", [product]))
        },
        PassCase("HardSwish into Mul, with broadcasting", FuseActivation.self, "Mul HardSwish", becomes: "Mul+") {
            net in
            let product = try net.node("Mul", [try net.input([2, 4, 5, 5]), try net.input([4, 1, 1], isFixed: true)])
            net.output(try net.node("HardSwish", [product], opset: 14))
        },
        PassCase("PRelu with a slope a channel", FuseActivation.self, "Conv PRelu", becomes: "Conv+") { net in
            net.output(try net.node("PRelu", [try conv(&net), try net.weights([6, 1, 1])]))
        },
        PassCase("PRelu with a slope a pixel", FuseActivation.self, stays: "Conv PRelu") { net in
            net.output(try net.node("PRelu", [try conv(&net), try net.weights([6, 3, 3])]))
        },
        PassCase("PRelu after a sum, which has no columns", FuseActivation.self, stays: "Add PRelu") { net in
            let sum = try net.node("Add", [try net.input([2, 4, 5, 5]), try net.input([2, 4, 5, 5], isFixed: true)])
            net.output(try net.node("PRelu", [sum, try net.weights([4, 1, 1])]))
        },
        // x -> Conv -> HardSwish -> Mul(a) -> Add(b) -> y  =>  x -> Conv + all of them -> y
        PassCase(
            "an activation, scaled and shifted by numbers", FuseActivation.self, "Conv HardSwish Mul Add",
            becomes: "Conv+"
        ) { net in
            let scaled = try net.node(
                "Mul", [try net.scalar(1.5), try net.node("HardSwish", [try conv(&net)], opset: 14)])
            net.output(try net.node("Add", [scaled, try net.scalar(-0.25)]))
        },
        PassCase("numbers before the activation", FuseActivation.self, stays: "Conv Mul Add") { net in
            let scaled = try net.node("Mul", [try conv(&net), try net.scalar(1.5)])
            net.output(try net.node("Add", [scaled, try net.scalar(-0.25)]))
        },
        PassCase("an activation after the numbers", FuseActivation.self, "Conv Relu Mul Relu", becomes: "Conv+ Relu") {
            net in
            let scaled = try net.node("Mul", [try net.node("Relu", [try conv(&net)]), try net.scalar(-1.5)])
            net.output(try net.node("Relu", [scaled]))
        },
        PassCase("a number a channel", FuseActivation.self, "Conv Relu Mul", becomes: "Conv+ Mul") { net in
            let relu = try net.node("Relu", [try conv(&net)])
            net.output(try net.node("Mul", [relu, try net.weights([6, 1, 1])]))
        },
        PassCase("a number that widens", FuseActivation.self, "Gemm Relu Mul", becomes: "Gemm+ Mul") { net in
            let gemm = try net.node("Gemm", [try net.input([3, 4]), try net.weights([4, 5]), try net.weights([5])])
            net.output(try net.node("Mul", [try net.node("Relu", [gemm]), try net.weights([1, 1, 1])]))
        },
        // The second activation stays where it is.
        PassCase("Relu, then another activation", FuseActivation.self, "Conv Relu Elu", becomes: "Conv+ Elu") { net in
            net.output(try net.node("Elu", [try net.node("Relu", [try conv(&net)])]))
        },
        PassCase("only Relu and Clip for training", FuseClamp.self, stays: "Conv LeakyRelu") { net in
            net.output(try net.node("LeakyRelu", [try conv(&net)]))
        },
        PassCase("another maker", FuseActivation.self, stays: "MaxPool Relu") { net in
            let pool = try net.node("MaxPool", [try net.input([2, 4, 5, 5])], ["kernel_shape": .ints([2, 2])])
            net.output(try net.node("Relu", [pool]))
        },
    ]
}
