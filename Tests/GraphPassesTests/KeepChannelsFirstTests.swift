import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    private static let picture = [2, 4, 5, 3]

    private static func first(_ net: inout Net, _ value: ValueID) throws -> ValueID {
        try net.node("Transpose", [value], ["perm": .ints([0, 3, 1, 2])])
    }

    private static func last(_ net: inout Net, _ value: ValueID) throws -> ValueID {
        try net.node("Transpose", [value], ["perm": .ints([0, 2, 3, 1])])
    }

    /// A convolution between transpositions, as exporters write it.
    private static func conv(_ net: inout Net, _ value: ValueID, _ channels: Int, to filters: Int) throws -> ValueID {
        try last(&net, try net.conv(try first(&net, value), channels, to: filters))
    }

    static let keepChannelsFirst: [PassCase] = [
        // Conv -> last -> Add -> Relu -> first -> Conv  =>  Conv -> Add -> Relu -> Conv; what nobody reads goes later.
        PassCase(
            "a bias and an activation between convolutions", KeepChannelsFirst.self,
            "Transpose Conv Transpose Add Relu Transpose Conv Transpose",
            becomes: "Transpose Conv Transpose Add Transpose Relu Transpose Conv Transpose"
        ) { net in
            let biased = try net.node("Add", [try conv(&net, try net.input(picture), 3, to: 6), try net.weights([6])])
            net.output(try conv(&net, try net.node("Relu", [biased]), 6, to: 2))
        },
        PassCase(
            "a sum, a concatenation and a Pad of channels and pixels", KeepChannelsFirst.self,
            "Transpose Conv Transpose Transpose Conv Transpose Add Concat Pad Transpose Conv Transpose",
            becomes:
                "Transpose Conv Transpose Transpose Conv Transpose Add Transpose Concat Transpose Pad Transpose Conv Transpose"
        ) { net in
            let x = try net.input(picture)
            let (a, b) = (try conv(&net, x, 3, to: 6), try conv(&net, x, 3, to: 6))
            let joined = try net.node("Concat", [try net.node("Add", [a, b]), b], ["axis": .int(-1)])
            let padded = try net.node("Pad", [joined, try net.integers(0, 1, 0, 2, 0, 0, 3, 1), try net.scalar(0.5)])
            net.output(try conv(&net, padded, 15, to: 2))
        },
        PassCase(
            "constants of every rank, a clamp and a slope", KeepChannelsFirst.self,
            "Transpose Conv Transpose Mul Sub Clip PRelu Div",
            becomes: "Transpose Conv Transpose Mul Transpose Sub Transpose Clip Transpose PRelu Transpose Div Transpose"
        ) { net in
            var value = try conv(&net, try net.input(picture), 3, to: 6)
            value = try net.node("Mul", [value, try net.weights([5, 6])])
            value = try net.node("Sub", [try net.weights([2, 1, 1, 6]), value])
            value = try net.node("Clip", [value, try net.scalar(-0.5), try net.scalar(0.5)])
            value = try net.node("PRelu", [value, try net.weights([1, 1, 6])])
            net.output(try net.node("Div", [value, try net.scalar(3)]))
        },
        PassCase(
            "an operand that is known with channels last alone", KeepChannelsFirst.self,
            stays: "Transpose Conv Transpose Add"
        ) { net in
            let x = try net.input([2, 4, 5, 6])
            net.output(try net.node("Add", [try conv(&net, x, 6, to: 6), x]))
        },
        PassCase(
            "operators whose axes are those of channels last", KeepChannelsFirst.self,
            stays: "Transpose Conv Transpose Softmax ReduceMean"
        ) { net in
            let value = try conv(&net, try net.input(picture), 3, to: 6)
            net.output(try net.node("ReduceMean", [try net.node("Softmax", [value])], ["axes": .ints([1, 2])]))
        },
        PassCase("another order of axes", KeepChannelsFirst.self, stays: "Transpose Relu Transpose") { net in
            let turned = try net.node("Transpose", [try net.input(picture)], ["perm": .ints([0, 2, 1, 3])])
            net.output(try first(&net, try net.node("Relu", [turned])))
        },
        PassCase("what is taken back is an output", KeepChannelsFirst.self, stays: "Transpose Transpose") { net in
            net.output(try first(&net, try last(&net, try net.input([2, 3, 4, 5]))))
        },
    ]
}
