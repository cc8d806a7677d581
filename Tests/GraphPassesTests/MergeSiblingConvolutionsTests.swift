import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    private static let picture = [2, 4, 5, 5]
    private static let strided: [String: AttributeValue] = ["strides": .ints([2, 2])]

    static let mergeSiblingConvolutions: [PassCase] = [
        // x -+-> Conv 1x1 -> a            x -> Conv 1x1 -+-> a
        //    +-> Conv 1x1 -> b   =>                      +-> b
        //    +-> Conv 1x1 -> c                           +-> c
        PassCase("three with and without bias", MergeSiblingConvolutions.self, "Conv Conv Conv", becomes: "Conv|3") {
            net in
            let x = try net.input(picture)
            net.output(
                try net.conv(x, 4, to: 3, bias: true), try net.conv(x, 4, to: 1), try net.conv(x, 4, to: 17, bias: true)
            )
        },
        PassCase("nodes between them", MergeSiblingConvolutions.self, "Conv Relu Conv Add", becomes: "Conv|2 Relu Add")
        {
            net in
            let x = try net.input(picture)
            let left = try net.node("Relu", [try net.conv(x, 4, to: 3)])
            net.output(try net.node("Add", [left, try net.conv(x, 4, to: 3)]))
        },
        PassCase("strides and padding in common", MergeSiblingConvolutions.self, "Conv Conv", becomes: "Conv|2") {
            net in
            let x = try net.input(picture)
            let window = strided.merging(["pads": .ints([1, 0, 0, 1])]) { $1 }
            net.output(try net.conv(x, 4, to: 3, window), try net.conv(x, 4, to: 2, bias: true, window))
        },
        PassCase("shared weights", MergeSiblingConvolutions.self, "Conv Conv", becomes: "Conv|2") { net in
            let x = try net.input(picture)
            let weights = try net.weights([3, 4, 1, 1])
            net.output(
                try net.node("Conv", [x, weights]), try net.node("Conv", [x, weights, try net.weights([3])]))
        },
        PassCase(
            "two groups of siblings", MergeSiblingConvolutions.self, "Conv Conv Conv Conv", becomes: "Conv|2 Conv|2"
        ) { net in
            let x = try net.input(picture)
            net.output(
                try net.conv(x, 4, to: 3), try net.conv(x, 4, to: 3, strided), try net.conv(x, 4, to: 2),
                try net.conv(x, 4, to: 2, strided))
        },
        // Together they would run whichever branch is taken.
        PassCase("in different branches", MergeSiblingConvolutions.self, stays: "Conv Conv If") { net in
            let x = try net.input(picture)
            net.output(try net.choice(try net.conv(x, 4, to: 3), try net.conv(x, 4, to: 3)))
        },
        PassCase(
            "in the same branch", MergeSiblingConvolutions.self, "Conv Conv Add Relu If", becomes: "Conv|2 Add Relu If"
        ) { net in
            let x = try net.input([2, 3, 5, 5])
            let sum = try net.node("Add", [try net.conv(x, 3, to: 3), try net.conv(x, 3, to: 3)])
            net.output(try net.choice(sum, try net.node("Relu", [x])))
        },
        PassCase("an only child", MergeSiblingConvolutions.self, stays: "Conv") { net in
            net.output(try net.conv(try net.input(picture), 4, to: 3))
        },
        PassCase("other inputs", MergeSiblingConvolutions.self, stays: "Conv Conv") { net in
            net.output(
                try net.conv(try net.input(picture), 4, to: 3), try net.conv(try net.input(picture), 4, to: 3))
        },
        PassCase("3x3", MergeSiblingConvolutions.self, stays: "Conv Conv") { net in
            let x = try net.input(picture)
            net.output(try net.conv(x, 4, to: 3, kernel: [3, 3]), try net.conv(x, 4, to: 3, kernel: [3, 3]))
        },
        PassCase("other strides", MergeSiblingConvolutions.self, stays: "Conv Conv") { net in
            let x = try net.input(picture)
            net.output(try net.conv(x, 4, to: 3), try net.conv(x, 4, to: 3, strided))
        },
        PassCase("groups", MergeSiblingConvolutions.self, stays: "Conv Conv") { net in
            let x = try net.input(picture)
            net.output(try net.conv(x, 4, to: 4, ["group": .int(2)]), try net.conv(x, 4, to: 4, ["group": .int(2)]))
        },
        PassCase("weights that are an input", MergeSiblingConvolutions.self, stays: "Conv Conv") { net in
            let x = try net.input(picture)
            let given = try net.input([3, 4, 1, 1], isFixed: true)
            net.output(try net.conv(x, 4, to: 3), try net.node("Conv", [x, given]))
        },
        PassCase("a bias that is an input", MergeSiblingConvolutions.self, stays: "Conv Conv") { net in
            let x = try net.input(picture)
            let operands = [x, try net.weights([3, 4, 1, 1]), try net.input([3], isFixed: true)]
            net.output(try net.conv(x, 4, to: 3), try net.node("Conv", operands))
        },
    ]
}
