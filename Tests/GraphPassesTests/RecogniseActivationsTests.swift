import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    private static func gelu(_ net: inout Net, _ x: ValueID, halvesFirst: Bool, root: Float = 1.4142135) throws {
        let erf = try net.node("Erf", [try net.node("Div", [x, try net.scalar(root)])])
        let sum = try net.node("Add", [erf, try net.scalar(1)])
        if halvesFirst {
            net.output(try net.node("Mul", [try net.node("Mul", [x, try net.scalar(0.5)]), sum]))
        } else {
            net.output(try net.node("Mul", [try net.node("Mul", [x, sum]), try net.scalar(0.5)]))
        }
    }

    private static func tanhGelu(_ net: inout Net, _ x: ValueID, coefficient: Float = 0.044715) throws {
        let cube = try net.node("Pow", [x, try net.scalar(3)])
        let inner = try net.node("Add", [x, try net.node("Mul", [cube, try net.scalar(coefficient)])])
        let tanh = try net.node("Tanh", [try net.node("Mul", [inner, try net.scalar(0.7978846)])])
        let sum = try net.node("Add", [tanh, try net.scalar(1)])
        net.output(try net.node("Mul", [try net.node("Mul", [try net.scalar(0.5), x]), sum]))
    }

    private static func clipped(_ net: inout Net, _ x: ValueID, offset: Float = 3) throws -> ValueID {
        let sum = try net.node("Add", [x, try net.scalar(offset)])
        return try net.node("Clip", [sum, try net.scalar(0), try net.scalar(6)])
    }

    /// The nodes that become unused are removed with the dead ones: here they stay.
    static let recogniseActivations: [PassCase] = [
        // x Sigmoid(x)  =>  Swish(x)
        PassCase("x Sigmoid(x)", RecogniseActivations.self, "Sigmoid Mul", becomes: "Sigmoid Swish") { net in
            let x = try net.input([2, 4, 5])
            net.output(try net.node("Mul", [x, try net.node("Sigmoid", [x])]))
        },
        PassCase("x Sigmoid(1.7 x)", RecogniseActivations.self, "Mul Sigmoid Mul", becomes: "Mul Sigmoid Swish") {
            net in
            let x = try net.input([2, 4, 5])
            let factor = try net.node("Mul", [x, try net.scalar(1.7)])
            net.output(try net.node("Mul", [try net.node("Sigmoid", [factor]), x]))
        },
        PassCase("y Sigmoid(x)", RecogniseActivations.self, stays: "Sigmoid Mul") { net in
            let x = try net.input([2, 4, 5])
            net.output(try net.node("Mul", [try net.input([2, 4, 5]), try net.node("Sigmoid", [x])]))
        },
        PassCase("x Sigmoid(x + 1)", RecogniseActivations.self, stays: "Add Sigmoid Mul") { net in
            let x = try net.input([2, 4, 5])
            let sum = try net.node("Add", [x, try net.scalar(1)])
            net.output(try net.node("Mul", [x, try net.node("Sigmoid", [sum])]))
        },
        PassCase("2 x Sigmoid(x)", RecogniseActivations.self, stays: "Sigmoid Mul") { net in
            let x = try net.input([2, 4, 5])
            net.output(try net.node("Mul", [try net.scalar(2), try net.node("Sigmoid", [x])]))
        },
        // The number has more axes than x: the result has, too.
        PassCase("a number that widens", RecogniseActivations.self, stays: "Mul Sigmoid Mul") { net in
            let x = try net.input([4, 5])
            let factor = try net.node("Mul", [x, try net.weights([1, 1, 1])])
            net.output(try net.node("Mul", [x, try net.node("Sigmoid", [factor])]))
        },
        // x HardSigmoid(x)  =>  HardSwish(x)
        PassCase("x HardSigmoid(x)", RecogniseActivations.self, "HardSigmoid Mul", becomes: "HardSigmoid HardSwish") {
            net in
            let x = try net.input([2, 4, 5])
            let gate = try net.node("HardSigmoid", [x], ["alpha": .float(1 / 6), "beta": .float(0.5)])
            net.output(try net.node("Mul", [x, gate]))
        },
        PassCase("HardSigmoid with another slope", RecogniseActivations.self, stays: "HardSigmoid Mul") { net in
            let x = try net.input([2, 4, 5])
            net.output(try net.node("Mul", [x, try net.node("HardSigmoid", [x])]))
        },
        // Clip(x + 3, 0, 6) / 6  =>  HardSigmoid(x)
        PassCase("Clip(x + 3) / 6", RecogniseActivations.self, "Add Clip Div", becomes: "Add Clip HardSigmoid") { net in
            net.output(try net.node("Div", [try clipped(&net, try net.input([2, 4, 5])), try net.scalar(6)]))
        },
        PassCase(
            "x Clip(x + 3) / 6", RecogniseActivations.self, "Add Clip Mul Div", becomes: "Add Clip Mul HardSwish"
        ) { net in
            let x = try net.input([2, 4, 5])
            net.output(try net.node("Div", [try net.node("Mul", [x, try clipped(&net, x)]), try net.scalar(6)]))
        },
        PassCase("x Clip(x + 2) / 6", RecogniseActivations.self, stays: "Add Clip Mul Div") { net in
            let x = try net.input([2, 4, 5])
            let product = try net.node("Mul", [x, try clipped(&net, x, offset: 2)])
            net.output(try net.node("Div", [product, try net.scalar(6)]))
        },
        PassCase("a Clip that ends elsewhere", RecogniseActivations.self, stays: "Add Clip Div") { net in
            net.output(try net.node("Div", [try clipped(&net, try net.input([2, 4, 5])), try net.scalar(5)]))
        },
        // x (1 + Erf(x / sqrt(2))) / 2  =>  Gelu(x)
        PassCase("GELU", RecogniseActivations.self, "Div Erf Add Mul Mul", becomes: "Div Erf Add Mul Gelu") { net in
            try gelu(&net, try net.input([2, 4, 5]), halvesFirst: false)
        },
        PassCase(
            "GELU, halves first", RecogniseActivations.self, "Div Erf Add Mul Mul", becomes: "Div Erf Add Mul Gelu"
        ) { net in try gelu(&net, try net.input([2, 4, 5]), halvesFirst: true) },
        PassCase("GELU with another root", RecogniseActivations.self, stays: "Div Erf Add Mul Mul") { net in
            try gelu(&net, try net.input([2, 4, 5]), halvesFirst: true, root: 1.4)
        },
        PassCase(
            "GELU by Tanh", RecogniseActivations.self, "Pow Mul Add Mul Tanh Add Mul Mul",
            becomes: "Pow Mul Add Mul Tanh Add Mul Gelu"
        ) { net in try tanhGelu(&net, try net.input([2, 4, 5])) },
        PassCase(
            "GELU by Tanh with another coefficient", RecogniseActivations.self,
            stays: "Pow Mul Add Mul Tanh Add Mul Mul"
        ) { net in try tanhGelu(&net, try net.input([2, 4, 5]), coefficient: 0.0447) },
        // x Tanh(Softplus(x))  =>  Mish(x)
        PassCase("Mish", RecogniseActivations.self, "Softplus Tanh Mul", becomes: "Softplus Tanh Mish") { net in
            let x = try net.input([2, 4, 5])
            net.output(try net.node("Mul", [x, try net.node("Tanh", [try net.node("Softplus", [x])])]))
        },
        PassCase("x Tanh(x)", RecogniseActivations.self, stays: "Tanh Mul") { net in
            let x = try net.input([2, 4, 5])
            net.output(try net.node("Mul", [x, try net.node("Tanh", [x])]))
        },
    ]
}
