import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    private static let picture = [2, 4, 5, 6]

    /// A convolution to 6 filters, which makes 6 columns too.
    private static func conv(_ net: inout Net, bias: Bool = true) throws -> ValueID {
        try net.conv(try net.input(picture), 4, to: 6, kernel: [3, 3], bias: bias, ["pads": .ints([1, 1, 1, 1])])
    }

    static let foldAffineIntoConv: [PassCase] = [
        // x -> Conv(w, b) -> Mul(s) -> y  =>  x -> Conv(s w, s b) -> y
        PassCase("Mul by one value a channel", FoldAffineIntoConv.self, "Conv Mul", becomes: "Conv") { net in
            net.output(try net.node("Mul", [try conv(&net), try net.weights([1, 6, 1, 1])]))
        },
        PassCase("Mul by a number, from the left", FoldAffineIntoConv.self, "Conv Mul", becomes: "Conv") { net in
            net.output(try net.node("Mul", [try net.scalar(-0.5), try conv(&net)]))
        },
        // x -> Conv(w, b) -> Add(c) -> y  =>  x -> Conv(w, b + c) -> y
        PassCase("Add of one value a channel", FoldAffineIntoConv.self, "Conv Add", becomes: "Conv") { net in
            net.output(try net.node("Add", [try net.weights([6, 1, 1]), try conv(&net)]))
        },
        PassCase("Add of a number, no bias", FoldAffineIntoConv.self, "Conv Add", becomes: "Conv") { net in
            net.output(try net.node("Add", [try conv(&net, bias: false), try net.scalar(3)]))
        },
        // x -> Conv -> Mul -> Add -> y  =>  x -> Conv -> y
        PassCase("Mul and Add", FoldAffineIntoConv.self, "Conv Mul Add", becomes: "Conv") { net in
            let scaled = try net.node("Mul", [try conv(&net), try net.weights([6, 1, 1])])
            net.output(try net.node("Add", [scaled, try net.weights([6, 1, 1])]))
        },
        PassCase("open rows and columns", FoldAffineIntoConv.self, "Conv Mul", becomes: "Conv") { net in
            let conv = try net.conv(try net.open(picture), 4, to: 6, kernel: [3, 3])
            net.output(try net.node("Mul", [conv, try net.weights([6, 1, 1])]))
        },
        // Infinity times a sum is not the sum of infinities, which may cancel to NaN.
        PassCase("an infinite factor", FoldAffineIntoConv.self, stays: "Conv Mul") { net in
            net.output(try net.node("Mul", [try conv(&net), try net.scalar(.infinity)]))
        },
        PassCase("a factor that overflows weights", FoldAffineIntoConv.self, stays: "Mul Conv Mul") { net in
            let weights = net.constant(try Tensor([Float](repeating: 1e30, count: 24), shape: [6, 4, 1, 1]))
            let small = try net.node("Mul", [try net.input(picture), try net.scalar(1e-30)])
            let conv = try net.node("Conv", [small, weights])
            net.output(try net.node("Mul", [conv, try net.scalar(1e10)]))
        },
        PassCase("a value a column", FoldAffineIntoConv.self, stays: "Conv Mul") { net in
            net.output(try net.node("Mul", [try conv(&net), try net.weights([6])]))
        },
        PassCase("a value a row", FoldAffineIntoConv.self, stays: "Conv Add") { net in
            net.output(try net.node("Add", [try conv(&net), try net.weights([5, 1])]))
        },
        PassCase("a value an image", FoldAffineIntoConv.self, stays: "Conv Add") { net in
            let conv = try net.conv(try net.input([2, 4, 3, 3], isFixed: true), 4, to: 2)
            net.output(try net.node("Add", [conv, try net.weights([2, 1, 1, 1])]))
        },
        // With axis 0 an old Add lines up its operand with the images.
        PassCase("a value an image, in the form of opset 6", FoldAffineIntoConv.self, stays: "Conv Add") { net in
            let conv = try net.conv(try net.input([2, 4, 3, 3], isFixed: true), 4, to: 2)
            let old: [String: AttributeValue] = ["broadcast": .int(1), "axis": .int(0)]
            net.output(try net.node("Add", [conv, try net.weights([2, 1, 1])], old, opset: 6))
        },
        PassCase("a whole picture", FoldAffineIntoConv.self, stays: "Conv Add") { net in
            net.output(try net.node("Add", [try conv(&net), try net.weights([1, 6, 5, 6])]))
        },
        // One filter, two channels of the constant: the result is wider than the convolution's.
        PassCase("a constant that widens", FoldAffineIntoConv.self, stays: "Conv Mul") { net in
            let conv = try net.conv(try net.input(picture), 4, to: 1)
            net.output(try net.node("Mul", [conv, try net.weights([1, 2, 1, 1])]))
        },
        PassCase("a constant of more axes", FoldAffineIntoConv.self, stays: "Conv Mul") { net in
            net.output(try net.node("Mul", [try conv(&net), try net.weights([1, 1, 1, 1, 1])]))
        },
        PassCase("a factor that is an input", FoldAffineIntoConv.self, stays: "Conv Mul") { net in
            net.output(try net.node("Mul", [try conv(&net), try net.input([6, 1, 1], isFixed: true)]))
        },
        PassCase("two readers", FoldAffineIntoConv.self, stays: "Conv Mul Add") { net in
            let conv = try conv(&net)
            net.output(try net.node("Add", [try net.node("Mul", [conv, try net.scalar(2)]), conv]))
        },
        PassCase("an output", FoldAffineIntoConv.self, stays: "Conv Mul") { net in
            let conv = try conv(&net)
            net.output(conv, try net.node("Mul", [conv, try net.scalar(2)]))
        },
        PassCase("weights that are an input", FoldAffineIntoConv.self, stays: "Conv Mul") { net in
            let conv = try net.node("Conv", [try net.input(picture), try net.input([6, 4, 1, 1], isFixed: true)])
            net.output(try net.node("Mul", [conv, try net.scalar(2)]))
        },
        PassCase("a square", FoldAffineIntoConv.self, stays: "Conv Mul") { net in
            let conv = try conv(&net)
            net.output(try net.node("Mul", [conv, conv]))
        },
        PassCase("a division", FoldAffineIntoConv.self, stays: "Conv Div") { net in
            net.output(try net.node("Div", [try net.scalar(2), try conv(&net)]))
        },
    ]
}
