import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    private static let picture = [2, 3, 4, 4]

    static let dropIdentityAndDropout: [PassCase] = [
        // x -> Identity -> Relu -> y  =>  x -> Relu -> y
        PassCase("Identity of an input", DropIdentityAndDropout.self, "Identity Relu", becomes: "Relu") { net in
            net.output(try net.node("Relu", [try net.node("Identity", [try net.input(picture)])]))
        },
        // x -> Relu -> Identity -> y  =>  x -> Relu -> y, under the output's name
        PassCase("Identity that makes an output", DropIdentityAndDropout.self, "Relu Identity", becomes: "Relu") {
            net in
            net.output(try net.node("Identity", [try net.node("Relu", [try net.input(picture)])]))
        },
        // x -> Relu -+-> Identity -> y      x -> Relu -+-> y
        //            +-> Neg -> z       =>             +-> Neg -> z
        PassCase("its input has other readers", DropIdentityAndDropout.self, "Relu Identity Neg", becomes: "Relu Neg") {
            net in
            let relu = try net.node("Relu", [try net.input(picture)])
            net.output(try net.node("Identity", [relu]), try net.node("Neg", [relu]))
        },
        // x -> Relu -> Identity -> Identity -> Identity -> y  =>  x -> Relu -> y
        PassCase(
            "a chain that makes an output", DropIdentityAndDropout.self, "Relu Identity Identity Identity",
            becomes: "Relu"
        ) { net in
            var value = try net.node("Relu", [try net.input(picture)])
            for _ in 0..<3 { value = try net.node("Identity", [value]) }
            net.output(value)
        },
        PassCase("Cast to the type that it has", DropIdentityAndDropout.self, "Cast Relu", becomes: "Relu") { net in
            net.output(try net.node("Relu", [try net.node("Cast", [try net.input(picture)], ["to": .int(1)])]))
        },
        PassCase("Cast to another type", DropIdentityAndDropout.self, stays: "Cast Neg") { net in
            net.output(try net.node("Neg", [try net.node("Cast", [try net.input(picture)], ["to": .int(6)])]))
        },
        // x -> Dropout -> Relu -> y  =>  x -> Relu -> y
        PassCase("Dropout", DropIdentityAndDropout.self, "Dropout Relu", becomes: "Relu") { net in
            net.output(try net.node("Relu", [try net.node("Dropout", [try net.input(picture)])]))
        },
        PassCase("Dropout with a mask that nobody reads", DropIdentityAndDropout.self, "Dropout Relu", becomes: "Relu")
        {
            net in
            let parts = try net.nodes("Dropout", [try net.input(picture), try net.scalar(0.3)], outputCount: 2)
            net.output(try net.node("Relu", [parts[0]]))
        },
        PassCase("Dropout with training mode off", DropIdentityAndDropout.self, "Dropout Relu", becomes: "Relu") {
            net in
            let off = net.constant(try Tensor(scalar: false))
            let dropout = try net.node("Dropout", [try net.input(picture), try net.scalar(0.3), off])
            net.output(try net.node("Relu", [dropout]))
        },
        PassCase("the mask is an output", DropIdentityAndDropout.self, stays: "Dropout Relu") { net in
            let parts = try net.nodes("Dropout", [try net.input(picture)], outputCount: 2)
            net.output(try net.node("Relu", [parts[0]]), parts[1])
        },
        PassCase("the mask is read", DropIdentityAndDropout.self, stays: "Dropout Cast Mul") { net in
            let parts = try net.nodes("Dropout", [try net.input(picture)], outputCount: 2)
            net.output(try net.node("Mul", [parts[0], try net.node("Cast", [parts[1]], ["to": .int(1)])]))
        },
        PassCase("training mode is an input", DropIdentityAndDropout.self, stays: "Dropout Relu") { net in
            let x = try net.input(picture)
            let off = try net.input(try Tensor(scalar: false))
            net.output(try net.node("Relu", [try net.node("Dropout", [x, try net.scalar(0.3), off])]))
        },
        PassCase("an input that is an output", DropIdentityAndDropout.self, stays: "Identity") { net in
            net.output(try net.node("Identity", [try net.input(picture)]))
        },
        PassCase("its input is an output too", DropIdentityAndDropout.self, stays: "Relu Identity") { net in
            let relu = try net.node("Relu", [try net.input(picture)])
            net.output(relu, try net.node("Identity", [relu]))
        },
        // Of two names for one value one must stay a copy.
        PassCase(
            "two outputs of one value", DropIdentityAndDropout.self, "Relu Identity Identity", becomes: "Relu Identity"
        ) { net in
            let relu = try net.node("Relu", [try net.input(picture)])
            net.output(try net.node("Identity", [relu]), try net.node("Identity", [relu]))
        },
    ]
}
