import DeeperGraphs
import DeeperTensors

@testable import DeeperPasses

extension PassCase {
    /// x -> Pad -> a window; a picture of 2 channels, 5 x 6.
    private static func padded(
        _ net: inout Net, _ pads: [Int], fill: Float = 0, _ attributes: [String: AttributeValue] = [:]
    ) throws -> ValueID {
        let borders = net.constant(try Tensor(pads.map(Int64.init), shape: [pads.count]))
        return try net.node("Pad", [try net.input([2, 2, 5, 6]), borders, try net.scalar(fill)], attributes)
    }

    private static let spatial = [0, 0, 1, 2, 0, 0, 2, 0]
    private static let kernel: [String: AttributeValue] = ["kernel_shape": .ints([3, 3]), "strides": .ints([2, 2])]

    private static func kernel(_ more: [String: AttributeValue]) -> [String: AttributeValue] {
        kernel.merging(more) { $1 }
    }

    static let foldPadIntoWindow: [PassCase] = [
        // x -> Pad(0) -> Conv -> y  =>  x -> Conv with pads -> y
        PassCase("zeros into Conv", FoldPadIntoWindow.self, "Pad Conv", becomes: "Conv") { net in
            net.output(try net.conv(try padded(&net, spatial), 2, to: 3, kernel: [3, 3], bias: true))
        },
        PassCase("added to the pads that Conv has", FoldPadIntoWindow.self, "Pad Conv", becomes: "Conv") { net in
            let pads: [String: AttributeValue] = ["pads": .ints([1, 0, 2, 1]), "strides": .ints([1, 2])]
            net.output(try net.conv(try padded(&net, spatial), 2, to: 3, kernel: [3, 3], pads))
        },
        PassCase("a Pad of opset 10", FoldPadIntoWindow.self, "Pad Conv", becomes: "Conv") { net in
            let x = try net.input([2, 2, 5, 6])
            let pad = try net.node("Pad", [x], ["pads": .ints(spatial)], opset: 10)
            net.output(try net.conv(pad, 2, to: 3, kernel: [3, 3]))
        },
        PassCase("a Pad that names its axes", FoldPadIntoWindow.self, "Pad Conv", becomes: "Conv") { net in
            let operands = [try net.input([2, 2, 5, 6]), try net.integers(1, 2, 0, 1), nil, try net.integers(-1, 2)]
            net.output(try net.conv(try net.node("Pad", operands, opset: 18), 2, to: 3, kernel: [3, 3]))
        },
        PassCase("two Pads", FoldPadIntoWindow.self, "Pad Pad Conv", becomes: "Conv") { net in
            let again = try net.integers(0, 0, 1, 0, 0, 0, 0, 1)
            net.output(
                try net.conv(try net.node("Pad", [try padded(&net, spatial), again]), 2, to: 3, kernel: [3, 3]))
        },
        // x -> Pad(-inf) -> MaxPool -> y  =>  x -> MaxPool with pads -> y
        PassCase("minus infinity into MaxPool", FoldPadIntoWindow.self, "Pad MaxPool", becomes: "MaxPool") { net in
            net.output(try net.node("MaxPool", [try padded(&net, spatial, fill: -.infinity)], kernel))
        },
        PassCase("more of it than the kernel is wide", FoldPadIntoWindow.self, "Pad MaxPool", becomes: "MaxPool") {
            net in
            let pad = try padded(&net, [0, 0, 4, 0, 0, 0, 0, 5], fill: -.infinity)
            net.output(try net.node("MaxPool", [pad], kernel))
        },
        // x -> Pad(0) -> AveragePool -> y  =>  x -> AveragePool, padding counts -> y
        PassCase("zeros into AveragePool", FoldPadIntoWindow.self, "Pad AveragePool", becomes: "AveragePool") { net in
            net.output(try net.node("AveragePool", [try padded(&net, spatial)], kernel))
        },
        PassCase(
            "zeros into AveragePool whose own padding counts", FoldPadIntoWindow.self, "Pad AveragePool",
            becomes: "AveragePool"
        ) { net in
            let counted = kernel(["pads": .ints([1, 1, 0, 1]), "count_include_pad": .int(1)])
            net.output(try net.node("AveragePool", [try padded(&net, spatial)], counted))
        },
        PassCase(
            "more zeros than the kernel is wide", FoldPadIntoWindow.self, "Pad AveragePool", becomes: "AveragePool"
        ) { net in
            net.output(try net.node("AveragePool", [try padded(&net, [0, 0, 4, 0, 0, 0, 0, 5])], kernel))
        },
        PassCase("a border around the channels", FoldPadIntoWindow.self, stays: "Pad Conv") { net in
            net.output(try net.conv(try padded(&net, [0, 1, 1, 1, 0, 0, 1, 1]), 3, to: 3, kernel: [3, 3]))
        },
        PassCase("a border around the batch", FoldPadIntoWindow.self, stays: "Pad Conv") { net in
            net.output(try net.conv(try padded(&net, [1, 0, 1, 1, 0, 0, 1, 1]), 2, to: 3, kernel: [3, 3]))
        },
        PassCase("a cropped side", FoldPadIntoWindow.self, stays: "Pad Conv") { net in
            net.output(try net.conv(try padded(&net, [0, 0, 1, -1, 0, 0, 1, 1]), 2, to: 3, kernel: [3, 3]))
        },
        PassCase("ones into Conv", FoldPadIntoWindow.self, stays: "Pad Conv") { net in
            net.output(try net.conv(try padded(&net, spatial, fill: 1), 2, to: 3, kernel: [3, 3]))
        },
        PassCase("zeros into MaxPool", FoldPadIntoWindow.self, stays: "Pad MaxPool") { net in
            net.output(try net.node("MaxPool", [try padded(&net, spatial)], kernel))
        },
        PassCase("minus infinity into AveragePool", FoldPadIntoWindow.self, stays: "Pad AveragePool") { net in
            net.output(try net.node("AveragePool", [try padded(&net, spatial, fill: -.infinity)], kernel))
        },
        PassCase("a mirrored border", FoldPadIntoWindow.self, stays: "Pad Conv") { net in
            let pad = try padded(&net, spatial, ["mode": .string("reflect")])
            net.output(try net.conv(pad, 2, to: 3, kernel: [3, 3]))
        },
        PassCase("borders that are an input", FoldPadIntoWindow.self, stays: "Pad Conv") { net in
            let x = try net.input([2, 2, 5, 6])
            let borders = try net.input(try Tensor(spatial.map(Int64.init), shape: [8]))
            net.output(try net.conv(try net.node("Pad", [x, borders]), 2, to: 3, kernel: [3, 3]))
        },
        PassCase("weights that are an input", FoldPadIntoWindow.self, stays: "Pad Conv") { net in
            let pad = try padded(&net, spatial)
            net.output(try net.node("Conv", [pad, try net.input([3, 2, 3, 3], isFixed: true)]))
        },
        PassCase("two readers", FoldPadIntoWindow.self, stays: "Pad Conv Conv") { net in
            let pad = try padded(&net, spatial)
            net.output(
                try net.conv(pad, 2, to: 3, kernel: [3, 3]), try net.conv(pad, 2, to: 3, kernel: [1, 3]))
        },
        PassCase("an output", FoldPadIntoWindow.self, stays: "Pad Conv") { net in
            let pad = try padded(&net, spatial)
            net.output(try net.conv(pad, 2, to: 3, kernel: [3, 3]), pad)
        },
        PassCase("the weights are padded, not the picture", FoldPadIntoWindow.self, stays: "Pad Conv") { net in
            let weights = try net.node(
                "Pad", [try net.weights([3, 2, 1, 1]), try net.integers(0, 0, 1, 1, 0, 0, 1, 1)])
            net.output(try net.node("Conv", [try net.input([2, 2, 5, 6]), weights]))
        },
        PassCase("a Conv that pads by itself", FoldPadIntoWindow.self, stays: "Pad Conv") { net in
            let same: [String: AttributeValue] = ["auto_pad": .string("SAME_UPPER")]
            net.output(try net.conv(try padded(&net, spatial), 2, to: 3, kernel: [3, 3], same))
        },
        PassCase("AveragePool whose own padding does not count", FoldPadIntoWindow.self, stays: "Pad AveragePool") {
            net in
            let pads = kernel(["pads": .ints([1, 1, 0, 1])])
            net.output(try net.node("AveragePool", [try padded(&net, spatial)], pads))
        },
        // A window that hangs over the zeros has fewer elements; padding would hide that.
        PassCase("AveragePool that rounds up", FoldPadIntoWindow.self, stays: "Pad AveragePool") { net in
            net.output(try net.node("AveragePool", [try padded(&net, spatial)], kernel(["ceil_mode": .int(1)])))
        },
        // A last window may start in the border, but not in padding.
        PassCase("MaxPool that rounds up", FoldPadIntoWindow.self, stays: "Pad MaxPool") { net in
            let pad = try padded(&net, [0, 0, 0, 0, 0, 0, 3, 3], fill: -.infinity)
            let ceil: [String: AttributeValue] = [
                "kernel_shape": .ints([2, 2]), "strides": .ints([3, 3]), "ceil_mode": .int(1),
            ]
            net.output(try net.node("MaxPool", [pad], ceil))
        },
        // Positions count the border's elements.
        PassCase("MaxPool that gives positions", FoldPadIntoWindow.self, stays: "Pad MaxPool") { net in
            let pool = try net.nodes("MaxPool", [try padded(&net, spatial, fill: -.infinity)], kernel, outputCount: 2)
            net.output(pool[0], pool[1])
        },
        PassCase("no window after it", FoldPadIntoWindow.self, stays: "Pad Relu") { net in
            net.output(try net.node("Relu", [try padded(&net, spatial)]))
        },
    ]
}
