import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    private static let picture = [2, 4, 5, 5]

    static let foldBatchNormIntoConv: [PassCase] = [
        // x -> Conv(w, b) -> BatchNormalization -> y  =>  x -> Conv(w', b') -> y
        PassCase("with a bias", FoldBatchNormIntoConv.self, "Conv BatchNormalization", becomes: "Conv") { net in
            let conv = try net.conv(try net.input(picture), 4, to: 6, kernel: [3, 3], bias: true)
            net.output(try net.batchNorm(conv, 6))
        },
        PassCase("without a bias", FoldBatchNormIntoConv.self, "Conv BatchNormalization", becomes: "Conv") { net in
            net.output(try net.batchNorm(try net.conv(try net.input(picture), 4, to: 6), 6))
        },
        PassCase("in groups", FoldBatchNormIntoConv.self, "Conv BatchNormalization", becomes: "Conv") { net in
            let conv = try net.conv(try net.input(picture), 4, to: 6, kernel: [3, 3], bias: true, ["group": .int(2)])
            net.output(try net.batchNorm(conv, 6))
        },
        PassCase("one filter a channel", FoldBatchNormIntoConv.self, "Conv BatchNormalization", becomes: "Conv") {
            net in
            let conv = try net.conv(try net.input(picture), 4, to: 4, kernel: [3, 3], ["group": .int(4)])
            net.output(try net.batchNorm(conv, 4))
        },
        PassCase("one axis", FoldBatchNormIntoConv.self, "Conv BatchNormalization", becomes: "Conv") { net in
            net.output(try net.batchNorm(try net.conv(try net.input([2, 4, 5]), 4, to: 6, kernel: [3]), 6))
        },
        // Two convolutions share their weights; only one of them may be scaled.
        PassCase(
            "shared weights", FoldBatchNormIntoConv.self, "Conv BatchNormalization Conv Add", becomes: "Conv Conv Add"
        ) { net in
            let x = try net.input(picture)
            let weights = try net.weights([6, 4, 1, 1])
            let norm = try net.batchNorm(try net.node("Conv", [x, weights]), 6)
            net.output(try net.node("Add", [norm, try net.node("Conv", [x, weights])]))
        },
        // Several in one sweep: each brings constants of its own.
        PassCase(
            "three at once", FoldBatchNormIntoConv.self,
            "Conv BatchNormalization Conv BatchNormalization Conv BatchNormalization", becomes: "Conv Conv Conv"
        ) { net in
            var value = try net.input(picture)
            for _ in 0..<3 { value = try net.batchNorm(try net.conv(value, 4, to: 4, bias: true), 4) }
            net.output(value)
        },
        PassCase("two readers", FoldBatchNormIntoConv.self, stays: "Conv BatchNormalization Add") { net in
            let conv = try net.conv(try net.input(picture), 4, to: 6)
            net.output(try net.node("Add", [try net.batchNorm(conv, 6), conv]))
        },
        PassCase("an output", FoldBatchNormIntoConv.self, stays: "Conv BatchNormalization") { net in
            let conv = try net.conv(try net.input(picture), 4, to: 6)
            net.output(conv, try net.batchNorm(conv, 6))
        },
        PassCase("weights that are an input", FoldBatchNormIntoConv.self, stays: "Conv BatchNormalization") { net in
            let x = try net.input(picture)
            let conv = try net.node("Conv", [x, try net.input([6, 4, 1, 1], isFixed: true)])
            net.output(try net.batchNorm(conv, 6))
        },
        PassCase("a bias that is an input", FoldBatchNormIntoConv.self, stays: "Conv BatchNormalization") { net in
            let operands = [try net.input(picture), try net.weights([6, 4, 1, 1]), try net.input([6], isFixed: true)]
            net.output(try net.batchNorm(try net.node("Conv", operands), 6))
        },
        PassCase("statistics that are an input", FoldBatchNormIntoConv.self, stays: "Conv BatchNormalization") { net in
            let conv = try net.conv(try net.input(picture), 4, to: 6)
            let given = try net.input(try Tensor([Float](repeating: 0.5, count: 6), shape: [6]))
            net.output(try net.batchNorm(conv, 6, statistics: [given, given, given, given]))
        },
        PassCase("an activation between", FoldBatchNormIntoConv.self, stays: "Conv Relu BatchNormalization") { net in
            let relu = try net.node("Relu", [try net.conv(try net.input(picture), 4, to: 6)])
            net.output(try net.batchNorm(relu, 6))
        },
        PassCase("a transposed convolution", FoldBatchNormIntoConv.self, stays: "ConvTranspose BatchNormalization") {
            net in
            let operands = [try net.input(picture), try net.weights([4, 6, 2, 2])]
            net.output(try net.batchNorm(try net.node("ConvTranspose", operands), 6))
        },
    ]
}
