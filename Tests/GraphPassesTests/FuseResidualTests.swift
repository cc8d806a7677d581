import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    private static func conv(_ net: inout Net, _ x: ValueID) throws -> ValueID {
        try net.conv(x, 4, to: 4, kernel: [3, 3], bias: true, ["pads": .ints([1, 1, 1, 1])])
    }

    static let fuseResidual: [PassCase] = [
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
