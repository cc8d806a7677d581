import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    private static let same: [String: AttributeValue] = ["pads": .ints([1, 1, 1, 1])]

    private static func wide(_ net: inout Net, _ x: ValueID, _ more: [String: AttributeValue] = [:]) throws -> ValueID {
        try net.conv(x, 4, to: 4, kernel: [3, 3], bias: true, same.merging(more) { $1 })
    }

    static let mergeParallelConvolutions: [PassCase] = [
        // Conv3x3(x) + Conv1x1(x) + BatchNormalization(x) -> Relu  =>  Conv3x3(x) -> Relu: RepVGG's block.
        PassCase(
            "3x3, 1x1 and a normalisation", MergeParallelConvolutions.self, "Conv Conv BatchNormalization Add Add Relu",
            becomes: "Conv Relu"
        ) { net in
            let x = try net.input([2, 4, 5, 6])
            let branches = [try wide(&net, x), try net.conv(x, 4, to: 4), try net.batchNorm(x, 4)]
            let sum = try net.node("Add", [try net.node("Add", [branches[0], branches[1]]), branches[2]])
            net.output(try net.node("Relu", [sum]))
        },
        PassCase(
            "depthwise, with a difference and stride 2", MergeParallelConvolutions.self, "Conv Conv Sub",
            becomes: "Conv"
        ) { net in
            let x = try net.input([1, 4, 7, 7])
            let depthwise: [String: AttributeValue] = ["group": .int(4), "strides": .ints([2, 2])]
            net.output(try net.node("Sub", [try net.conv(x, 4, to: 4, depthwise), try wide(&net, x, depthwise)]))
        },
        PassCase("groups among fewer groups", MergeParallelConvolutions.self, "Conv Conv Sum", becomes: "Conv") { net in
            let x = try net.input([1, 4, 5, 5])
            net.output(try net.node("Sum", [try wide(&net, x, ["group": .int(2)]), try wide(&net, x)]))
        },
        PassCase("a 1x1 next to a dilated 3x3", MergeParallelConvolutions.self, "Conv Conv Add", becomes: "Conv") {
            net in
            let x = try net.input([1, 4, 7, 7])
            let dilated = try net.conv(
                x, 4, to: 4, kernel: [3, 3], ["dilations": .ints([2, 2]), "pads": .ints([2, 2, 2, 2])])
            net.output(try net.node("Add", [dilated, try net.conv(x, 4, to: 4, bias: true)]))
        },
        PassCase("a row next to a column", MergeParallelConvolutions.self, stays: "Conv Conv Add") { net in
            let x = try net.input([1, 4, 5, 5])
            let row = try net.conv(x, 4, to: 4, kernel: [1, 3], ["pads": .ints([0, 1, 0, 1])])
            net.output(
                try net.node("Add", [row, try net.conv(x, 4, to: 4, kernel: [3, 1], ["pads": .ints([1, 0, 1, 0])])]))
        },
        PassCase("a depthwise 3x3 next to a dense 1x1", MergeParallelConvolutions.self, stays: "Conv Conv Add") { net in
            let x = try net.input([1, 4, 5, 5])
            net.output(try net.node("Add", [try wide(&net, x, ["group": .int(4)]), try net.conv(x, 4, to: 4)]))
        },
        PassCase("other inputs", MergeParallelConvolutions.self, stays: "Relu Conv Conv Add") { net in
            let x = try net.input([1, 4, 5, 5])
            let y = try net.node("Relu", [x])
            net.output(try net.node("Add", [try wide(&net, x), try wide(&net, y)]))
        },
        PassCase("a second reader", MergeParallelConvolutions.self, stays: "Conv Conv Add") { net in
            let x = try net.input([1, 4, 5, 5])
            let first = try wide(&net, x)
            net.output(try net.node("Add", [first, try wide(&net, x)]), first)
        },
        PassCase("an activation in between", MergeParallelConvolutions.self, stays: "Conv Relu Conv Add") { net in
            let x = try net.input([1, 4, 5, 5])
            net.output(try net.node("Add", [try net.node("Relu", [try wide(&net, x)]), try wide(&net, x)]))
        },
        PassCase("a summand that is broadcast", MergeParallelConvolutions.self, stays: "Conv Conv Add") { net in
            let x = try net.input([1, 4, 3, 3])
            let pixel = try net.conv(x, 4, to: 4, kernel: [3, 3])
            net.output(try net.node("Add", [try wide(&net, x), pixel]))
        },
        PassCase("weights that are an input", MergeParallelConvolutions.self, stays: "Conv Conv Add") { net in
            let x = try net.input([1, 4, 5, 5])
            let open = try net.node("Conv", [x, try net.input([4, 4, 1, 1], isFixed: true)])
            net.output(try net.node("Add", [try wide(&net, x), open]))
        },
    ]
}
