import DeeperGraphs
import DeeperKernels
import DeeperTensors
import Testing

@Suite("Gradients agree with finite differences in float64")
struct GradientTests {
    /// Every case begins with a 1x1 convolution, so that the gradient of the operator's input is tested by its weights.
    static let cases: [GradientCase] = [
        GradientCase(name: "Conv 3x3, padding, bias") { net in
            let a = try net.conv("first", 6, [1, 1])
            let b = try net.conv("second", 4, [3, 3], pads: [1, 1, 1, 1], from: a, inputChannels: 6)
            try net.head("head", from: b, features: 4 * 63)
        },
        GradientCase(name: "Conv 3x3, stride 2, unequal padding, no bias") { net in
            let a = try net.conv("first", 6, [1, 1])
            let b = try net.conv(
                "second", 4, [3, 3], stride: 2, pads: [1, 0, 0, 1], hasBias: false, from: a, inputChannels: 6)
            try net.head("head", from: b, features: 4 * 4 * 3)
        },
        GradientCase(name: "Conv 3x2, dilation 2, groups 2") { net in
            let a = try net.conv("first", 6, [1, 1])
            let b = try net.conv(
                "second", 4, [3, 2], pads: [2, 1, 2, 1], dilation: 2, groups: 2, from: a, inputChannels: 6)
            try net.head("head", from: b, features: 4 * 9 * 7)
        },
        GradientCase(name: "Conv 7x7, stride 2, of three channels", channels: 3, extents: [17, 19]) { net in
            let a = try net.conv("first", 18, [7, 7], stride: 2, pads: [3, 3, 3, 3])
            let b = try net.node("GlobalAveragePool", "mean", [a])
            try net.head("head", from: b, features: 18)
        },
        GradientCase(name: "Conv with padding wider than its reach") { net in
            let a = try net.conv("first", 6, [1, 1])
            let b = try net.conv("second", 4, [2, 2], pads: [2, 2, 2, 2], from: a, inputChannels: 6)
            let c = try net.node("GlobalAveragePool", "mean", [b])
            try net.head("head", from: c, features: 4)
        },
        GradientCase(name: "many channels: several panels and blocks", channels: 70, images: 2) { net in
            let a = try net.conv("first", 130, [1, 1])
            let r = try net.node("Relu", "relu", [a])
            let b = try net.conv("second", 75, [3, 3], pads: [1, 1, 1, 1], from: r, inputChannels: 130)
            let c = try net.node("GlobalAveragePool", "mean", [b])
            try net.head("head", from: c, features: 75)
        },
        GradientCase(name: "Conv + Relu, MaxPool with overlap, ceil and padding") { net in
            let a = try net.conv("first", 6, [1, 1])
            let r = try net.node("Relu", "relu", [a])
            let b = try net.node(
                "MaxPool", "pool", [r],
                [
                    "kernel_shape": .ints([3, 3]), "strides": .ints([2, 2]), "pads": .ints([1, 1, 1, 1]),
                    "ceil_mode": .int(1),
                ])
            try net.head("head", from: b, features: 6 * 5 * 4)
        },
        GradientCase(name: "AveragePool that counts padding") { net in
            let a = try net.conv("first", 6, [1, 1])
            let b = try net.node(
                "AveragePool", "pool", [a],
                [
                    "kernel_shape": .ints([3, 2]), "strides": .ints([2, 1]), "pads": .ints([1, 1, 0, 0]),
                    "count_include_pad": .int(1), "ceil_mode": .int(1),
                ])
            try net.head("head", from: b, features: 6 * 5 * 7)
        },
        GradientCase(name: "AveragePool that does not") { net in
            let a = try net.conv("first", 6, [1, 1])
            let b = try net.node(
                "AveragePool", "pool", [a],
                ["kernel_shape": .ints([3, 3]), "strides": .ints([1, 1]), "pads": .ints([1, 1, 1, 1])])
            try net.head("head", from: b, features: 6 * 63)
        },
        GradientCase(name: "LRN, beta 0.75, and another beta") { net in
            let a = try net.conv("first", 21, [1, 1])
            let b = try net.node(
                "LRN", "lrn", [a], ["size": .int(5), "alpha": .float(0.5), "beta": .float(0.75), "bias": .float(1)])
            let c = try net.node(
                "LRN", "lrn2", [b], ["size": .int(4), "alpha": .float(0.3), "beta": .float(0.6), "bias": .float(2)])
            try net.head("head", from: c, features: 21 * 63)
        },
        GradientCase(name: "BatchNormalization + Relu") { net in
            let a = try net.conv("first", 6, [3, 3], hasBias: false)
            let parts = [
                try net.weights("scale", [6], around: 1), try net.weights("shift", [6]),
                try net.weights("mean", [6]), try net.weights("variance", [6], around: 1),
            ]
            let b = try net.node("BatchNormalization", "norm", [a] + parts, ["epsilon": .float(1e-3)])
            let c = try net.node("Relu", "relu", [b])
            try net.head("head", from: c, features: 6 * 35)
        },
        GradientCase(name: "Add + Relu of two branches and a third reader") { net in
            let a = try net.conv("first", 6, [1, 1])
            let b = try net.conv("second", 6, [3, 3], pads: [1, 1, 1, 1], from: a, inputChannels: 6)
            let sum = try net.node("Add", "sum", [a, b])
            let c = try net.node("Relu", "relu", [sum])
            let d = try net.conv("third", 3, [1, 1], from: a, inputChannels: 6)
            try net.head("head", from: c, features: 6 * 63)
            try net.head("other", from: d, features: 3 * 63)
        },
        GradientCase(name: "an Inception module in front of two heads") { net in
            let a = try net.conv("stem", 8, [3, 3], pads: [1, 1, 1, 1])
            let stem = try net.node("Relu", "stem_relu", [a])
            func branch(_ name: String, _ filters: Int, _ kernel: Int, _ from: ValueID, _ channels: Int) throws
                -> ValueID
            {
                let half = kernel / 2
                let conv = try net.conv(
                    name, filters, [kernel, kernel], pads: [half, half, half, half], from: from, inputChannels: channels
                )
                return try net.node("Relu", "\(name)_relu", [conv])
            }
            let ones = try branch("1x1", 5, 1, stem, 8)
            let threes = try branch("3x3", 6, 3, branch("3x3_reduce", 4, 1, stem, 8), 4)
            let fives = try branch("5x5", 3, 5, branch("5x5_reduce", 2, 1, stem, 8), 2)
            let pool = try net.node(
                "MaxPool", "pool", [stem],
                ["kernel_shape": .ints([3, 3]), "strides": .ints([1, 1]), "pads": .ints([1, 1, 1, 1])])
            let projection = try branch("projection", 4, 1, pool, 8)
            let whole = try net.node("Concat", "output", [ones, threes, fives, projection], ["axis": .int(1)])
            try net.head("first", from: whole, features: 18 * 63)
            let last = try net.node("GlobalAveragePool", "mean", [whole])
            try net.head("second", from: last, features: 18)
        },
        GradientCase(name: "depthwise, then a stride beyond the kernel") { net in
            let a = try net.conv("first", 6, [1, 1])
            let b = try net.conv("second", 6, [3, 3], pads: [1, 1, 1, 1], groups: 6, from: a, inputChannels: 6)
            let c = try net.conv("third", 4, [2, 2], stride: 3, pads: [1, 0, 0, 1], from: b, inputChannels: 6)
            try net.head("head", from: c, features: 4 * 3 * 3)
        },
        GradientCase(name: "Sum of three, GlobalMaxPool, Squeeze, MatMul, LogSoftmax; smoothed labels", smoothing: 0.2)
        {
            net in
            let a = try net.conv("first", 6, [1, 1])
            let b = try net.conv("second", 6, [3, 3], pads: [1, 1, 1, 1], from: a, inputChannels: 6)
            let sum = try net.node("Sum", "sum", [a, b, a])
            let pool = try net.node("GlobalMaxPool", "pool", [sum])
            let flat = try net.node("Squeeze", "squeeze", [pool], ["axes": .ints([2, 3])])
            let logits = try net.node("MatMul", "product", [flat, net.weights("product_w", [6, 3], by: 1)])
            net.builder.output(try net.node("LogSoftmax", "log", [logits], ["axis": .int(1)]))
        },
        GradientCase(name: "Identity and Reshape") { net in
            let a = try net.conv("first", 6, [1, 1])
            let same = try net.node("Identity", "same", [a])
            let shape = net.builder.constant("shape", try Tensor([0, -1] as [Int64], shape: [2]))
            let flat = try net.node("Reshape", "reshape", [same, shape])
            let logits = try net.node("MatMul", "product", [flat, net.weights("product_w", [6 * 63, 3], by: 1)])
            net.builder.output(try net.node("Softmax", "prob", [logits], ["axis": .int(1)]))
        },
        GradientCase(name: "Concat with an operand that others read too") { net in
            let a = try net.conv("first", 6, [1, 1])
            let b = try net.conv("second", 5, [1, 1], from: a, inputChannels: 6)
            let whole = try net.node("Concat", "output", [a, b], ["axis": .int(1)])
            let clipped = try net.node(
                "Clip", "clip",
                [
                    whole, try net.builder.constant("low", Tensor(scalar: Float(0))),
                    try net.builder.constant("high", Tensor(scalar: Float(6))),
                ])
            try net.head("head", from: clipped, features: 11 * 63)
        },
    ]

    @Test(arguments: cases)
    func agrees(_ test: GradientCase) throws {
        let errors = try test.largestErrors()
        #expect(Set(errors.keys) == Set(InstructionSet.available))
        for (set, error) in errors { #expect(error < 1e-4, "\(set)") }
    }
}
