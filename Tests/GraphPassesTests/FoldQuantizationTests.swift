import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Testing

@testable import DeeperPasses

extension Net {
    /// A value quantised as uint8 by one scale.
    fileprivate mutating func quantized(_ x: ValueID, _ scale: Float = 0.0625, zero: UInt8 = 120) throws -> ValueID {
        try node(
            "QuantizeLinear", [x, try scalar(scale), constant(try Tensor([zero], shape: []))], ["axis": .int(0)])
    }

    fileprivate mutating func real(_ stored: ValueID, _ scale: Float = 0.0625, zero: UInt8 = 120) throws -> ValueID {
        try node("DequantizeLinear", [stored, try scalar(scale), constant(try Tensor([zero], shape: []))])
    }

    /// An input that was made real again.
    fileprivate mutating func realInput(_ shape: [Int], _ scale: Float = 0.0625) throws -> ValueID {
        try real(try quantized(try input(shape), scale), scale)
    }

    /// Constant int8 weights, made real by one scale or one for each entry of an axis.
    fileprivate mutating func realWeights(_ shape: [Int], axis: Int? = nil) throws -> ValueID {
        let count = shape.reduce(1, *)
        let stored = generator.floats(count).map { Int8(($0 * 127).rounded()) }
        let scales = axis.map { (0..<shape[$0]).map { Float(1 + $0) / 512 } } ?? [1 / 256]
        let extents = axis.map { Shape([shape[$0]]) } ?? []
        return try node(
            "DequantizeLinear",
            [
                constant(try Tensor(stored, shape: Shape(shape))), constant(try Tensor(scales, shape: extents)),
                constant(try Tensor([Int8](repeating: 0, count: scales.count), shape: extents)),
            ], ["axis": .int(axis ?? 0)])
    }

    /// Quantised, and real again as the output.
    fileprivate mutating func outputQuantized(_ value: ValueID, _ scale: Float = 0.125) throws {
        output(try real(try quantized(value, scale), scale))
    }
}

private let q = "QuantizeLinear", d = "DequantizeLinear"

extension Net {
    /// Quantised by a scale for each channel, and real again: what NNCF lets depthwise convolutions read.
    fileprivate mutating func realByChannel(_ x: ValueID, _ channels: Int, zeros: [UInt8]) throws -> ValueID {
        let scales = constant(
            try Tensor((0..<channels).map { [0.0625, 0.03125, 0.015625][$0 % 3] as Float }, shape: [channels]))
        let zero = constant(try Tensor(zeros, shape: [channels]))
        return try node("DequantizeLinear", [try node("QuantizeLinear", [x, scales, zero]), scales, zero])
    }

    /// A convolution, a Relu or Clip, and a depthwise convolution of channels with scales of their own.
    fileprivate mutating func depthwiseBlock(zeros: [UInt8], upper: Float?) throws {
        let sums = try node(
            "Conv", [try realInput([2, 3, 5, 5]), try realWeights([4, 3, 1, 1], axis: 0)])
        let held = try upper.map { try node("Clip", [sums, try scalar(0), try scalar($0)]) } ?? node("Relu", [sums])
        let w = try realWeights([8, 1, 3, 3], axis: 0)
        let x = try realByChannel(held, 4, zeros: zeros)
        try outputQuantized(
            try node("Conv", [x, w], ["group": .int(4), "pads": .ints([1, 1, 1, 1])]))
    }
}

extension PassCase {
    private static func folds(
        _ name: String, _ before: String, becomes after: String,
        _ build: @escaping @Sendable (inout Net) throws -> Void
    ) -> PassCase {
        PassCase(name, FoldQuantization.self, before, becomes: after, build)
    }

    private static func stays(
        _ name: String, _ before: String, _ build: @escaping @Sendable (inout Net) throws -> Void
    ) -> PassCase {
        PassCase(name, FoldQuantization.self, stays: before, build)
    }

    static let foldQuantization: [PassCase] = [
        folds("a convolution", "\(q) \(d) \(d) Conv \(q) \(d)", becomes: "\(q) \(d) \(d) QLinearConv \(d)") { net in
            let x = try net.realInput([2, 3, 5, 5])
            try net.outputQuantized(try net.node("Conv", [x, try net.realWeights([4, 3, 3, 3])]))
        },
        folds(
            "a convolution with a scale for each filter, a bias, Relu and Clip",
            "\(q) \(d) \(d) Conv Relu Clip \(q) \(d)", becomes: "\(q) \(d) \(d) QLinearConv \(d)"
        ) { net in
            let x = try net.realInput([2, 3, 5, 5])
            let w = try net.realWeights([4, 3, 3, 3], axis: 0)
            let sums = try net.node("Conv", [x, w, try net.weights([4])], ["pads": .ints([1, 1, 1, 1])])
            let clipped = try net.node(
                "Clip",
                [
                    try net.node("Relu", [sums]), try net.scalar(0.3), try net.scalar(2),
                ])
            try net.outputQuantized(clipped)
        },
        folds(
            "weights that constants are quantised to", "\(q) \(d) \(q) \(d) Conv \(q) \(d)",
            becomes: "\(q) \(d) \(q) \(d) QLinearConv \(d)"
        ) { net in
            let x = try net.realInput([2, 3, 5, 5])
            let w = try net.real(try net.quantized(try net.weights([4, 3, 3, 3]), 0.0117), 0.0117)
            try net.outputQuantized(try net.node("Conv", [x, w]))
        },
        folds(
            "a convolution whose sums stay real", "\(q) \(d) \(d) Conv Relu",
            becomes: "\(q) \(d) \(d) QLinearConv"
        ) { net in
            let x = try net.realInput([2, 3, 5, 5])
            let w = try net.realWeights([4, 3, 3, 3], axis: 0)
            net.output(try net.node("Relu", [try net.node("Conv", [x, w])]))
        },
        folds(
            "a bias between the units of real sums, and a Clip", "\(q) \(d) \(d) Conv Clip Neg",
            becomes: "\(q) \(d) \(d) QLinearConv Neg"
        ) { net in
            let x = try net.realInput([2, 3, 5, 5])
            let sums = try net.node("Conv", [x, try net.realWeights([4, 3, 3, 3], axis: 0), try net.weights([4])])
            let held = try net.node("Clip", [sums, try net.scalar(-0.25), try net.scalar(0.5)])
            net.output(try net.node("Neg", [held]))
        },
        folds(
            "channels with scales of their own before a depthwise convolution",
            "\(q) \(d) \(d) Conv Relu \(d) \(q) \(d) Conv \(q) \(d)",
            becomes: "\(q) \(d) \(d) QLinearConv \(d) \(d) QLinearConv \(d)"
        ) { net in try net.depthwiseBlock(zeros: [7, 7, 7, 7], upper: nil) },
        folds(
            "a bound that all channels store as their largest number",
            "\(q) \(d) \(d) Conv Clip \(d) \(q) \(d) Conv \(q) \(d)",
            becomes: "\(q) \(d) \(d) QLinearConv \(d) \(d) QLinearConv \(d)"
        ) { net in try net.depthwiseBlock(zeros: [0, 0, 0, 0], upper: 20) },
        folds(
            "a bound that is another number for each channel: the first convolution stays real",
            "\(q) \(d) \(d) Conv Clip \(d) \(q) \(d) Conv \(q) \(d)",
            becomes: "\(q) \(d) \(d) QLinearConv \(d) \(q) \(d) QLinearConv \(d)"
        ) { net in try net.depthwiseBlock(zeros: [0, 0, 0, 0], upper: 0.5) },
        folds(
            "channels with zero points of their own: both convolutions stay real",
            "\(q) \(d) \(d) Conv Relu \(d) \(q) \(d) Conv \(q) \(d)",
            becomes: "\(q) \(d) \(d) QLinearConv \(d) \(q) \(d) Conv \(q) \(d)"
        ) { net in try net.depthwiseBlock(zeros: [7, 7, 8, 7], upper: nil) },
        folds("a Gemm whose sums stay real", "\(q) \(d) \(d) Gemm", becomes: "\(q) \(d) \(d) QGemm") { net in
            let x = try net.realInput([3, 6])
            let w = try net.realWeights([5, 6], axis: 0)
            net.output(try net.node("Gemm", [x, w], ["transB": .int(1)]))
        },
        folds("a MatMul whose sums stay real", "\(q) \(d) \(d) MatMul", becomes: "\(q) \(d) \(d) QLinearMatMul") {
            net in
            let x = try net.realInput([3, 6])
            net.output(try net.node("MatMul", [x, try net.realWeights([6, 5], axis: 1)]))
        },
        stays("a product of real weights", "\(q) \(d) Conv") { net in
            let x = try net.realInput([2, 3, 5, 5])
            net.output(try net.node("Conv", [x, try net.weights([4, 3, 3, 3])]))
        },
        folds("Gemm", "\(q) \(d) \(d) Gemm \(q) \(d)", becomes: "\(q) \(d) \(d) QGemm \(d)") { net in
            let x = try net.realInput([3, 6])
            let w = try net.realWeights([5, 6], axis: 0)
            try net.outputQuantized(try net.node("Gemm", [x, w, try net.weights([5])], ["transB": .int(1)]))
        },
        folds(
            "a bias that the units of the products are too coarse for stays real",
            "\(q) \(d) \(d) Gemm Relu \(q) \(d)", becomes: "\(q) \(d) \(d) QGemm \(d)"
        ) { net in
            let x = try net.realInput([3, 6], 64)
            let sums = try net.node("Gemm", [x, try net.realWeights([6, 5]), try net.weights([5])])
            try net.outputQuantized(try net.node("Relu", [sums]), 0.03)
        },
        folds(
            "a bias that int32 does not hold stays real", "\(q) \(d) \(d) Gemm \(q) \(d)",
            becomes: "\(q) \(d) \(d) QGemm \(d)"
        ) { net in
            let x = try net.realInput([3, 6], 1)
            let bias = net.constant(try Tensor([Float](repeating: -8_388_608, count: 5), shape: [5]))
            try net.outputQuantized(try net.node("Gemm", [x, try net.realWeights([6, 5]), bias]), 131_072)
        },
        folds("MatMul", "\(q) \(d) \(d) MatMul \(q) \(d)", becomes: "\(q) \(d) \(d) QLinearMatMul \(d)") { net in
            let x = try net.realInput([3, 6])
            try net.outputQuantized(try net.node("MatMul", [x, try net.realWeights([6, 5], axis: 1)]))
        },
        folds(
            "a sum and Relu", "\(q) \(d) \(q) \(d) Add Relu \(q) \(d)", becomes: "\(q) \(d) \(q) \(d) QLinearAdd \(d)"
        ) { net in
            let (a, b) = (try net.realInput([2, 3, 4, 4]), try net.realInput([2, 3, 4, 4], 0.03125))
            try net.outputQuantized(try net.node("Relu", [try net.node("Add", [a, b])]))
        },
        folds(
            "a sum of int8 and uint8", "\(q) \(q) \(d) \(d) Add Relu \(q) \(d)",
            becomes: "\(q) \(q) \(d) \(d) QLinearAdd \(d)"
        ) { net in
            let scale = try net.scalar(0.03125), zero = net.constant(try Tensor([Int8(-5)], shape: []))
            let stored = try net.node("QuantizeLinear", [try net.input([2, 3, 4, 4]), scale, zero])
            let (a, b) = (try net.realInput([2, 3, 4, 4]), try net.node("DequantizeLinear", [stored, scale, zero]))
            try net.outputQuantized(try net.node("Relu", [try net.node("Add", [b, a])]))
        },
        folds("a product", "\(q) \(d) \(q) \(d) Mul \(q) \(d)", becomes: "\(q) \(d) \(q) \(d) QLinearMul \(d)") { net in
            let (a, b) = (try net.realInput([2, 3, 4, 4]), try net.realInput([2, 3, 1, 1], 0.03125))
            try net.outputQuantized(try net.node("Mul", [a, b]))
        },
        folds("a mean", "\(q) \(d) AveragePool \(q) \(d)", becomes: "\(q) \(d) QLinearAveragePool \(d)") { net in
            let x = try net.realInput([2, 3, 5, 5])
            try net.outputQuantized(try net.node("AveragePool", [x], ["kernel_shape": .ints([3, 3])]))
        },
        folds(
            "a mean of all", "\(q) \(d) GlobalAveragePool \(q) \(d)", becomes: "\(q) \(d) QLinearGlobalAveragePool \(d)"
        ) { net in
            try net.outputQuantized(try net.node("GlobalAveragePool", [try net.realInput([2, 3, 5, 5])]))
        },
        folds("a maximum", "\(q) \(d) MaxPool \(q) \(d)", becomes: "\(q) \(d) MaxPool \(d)") { net in
            let x = try net.realInput([2, 3, 5, 5])
            try net.outputQuantized(try net.node("MaxPool", [x], ["kernel_shape": .ints([3, 3])]), 0.0625)
        },
        folds("another shape", "\(q) \(d) Flatten \(q) \(d)", becomes: "\(q) \(d) Flatten \(d)") { net in
            try net.outputQuantized(try net.node("Flatten", [try net.realInput([2, 3, 2, 2])]), 0.0625)
        },
        folds(
            "a concatenation of one scale", "\(q) \(d) \(q) \(d) Concat \(q) \(d)",
            becomes: "\(q) \(d) \(q) \(d) Concat \(d)"
        ) { net in
            let (a, b) = (try net.realInput([2, 3, 4, 4]), try net.realInput([2, 5, 4, 4]))
            try net.outputQuantized(try net.node("Concat", [a, b], ["axis": .int(1)]), 0.0625)
        },
        folds(
            "a concatenation of several scales", "\(q) \(d) \(q) \(d) Concat \(q) \(d)",
            becomes: "\(q) \(d) \(q) \(d) QLinearConcat \(d)"
        ) { net in
            let (a, b) = (try net.realInput([2, 3, 4, 4]), try net.realInput([2, 5, 4, 4], 0.03125))
            try net.outputQuantized(try net.node("Concat", [a, b], ["axis": .int(1)]))
        },
        folds("a function", "\(q) \(d) Sigmoid \(q) \(d)", becomes: "\(q) \(d) ByteTable \(d)") { net in
            try net.outputQuantized(try net.node("Sigmoid", [try net.realInput([2, 3, 4, 4])]), 0.00390625)
        },
        folds("Relu", "\(q) \(d) Relu \(q) \(d)", becomes: "\(q) \(d) ByteTable \(d)") { net in
            try net.outputQuantized(try net.node("Relu", [try net.realInput([2, 3, 4, 4])]))
        },
        folds(
            "a clip with its bounds in the wrong order", "\(q) \(d) Clip \(q) \(d)",
            becomes: "\(q) \(d) ByteTable \(d)"
        ) {
            net in
            let x = try net.realInput([2, 3, 4, 4])
            try net.outputQuantized(try net.node("Clip", [x, try net.scalar(0.75), try net.scalar(0.25)]))
        },
        folds("there and back", "\(q) \(d) \(q) \(d)", becomes: "\(q) \(d) \(d)") { net in
            try net.outputQuantized(try net.realInput([2, 3]), 0.0625)
        },

        folds(
            "the product alone of a convolution whose sums are an output", "\(q) \(d) \(d) Conv \(q) \(d)",
            becomes: "\(q) \(d) \(d) QLinearConv \(q) \(d)"
        ) { net in
            let sums = try net.node("Conv", [try net.realInput([2, 3, 5, 5]), try net.realWeights([4, 3, 3, 3])])
            net.output(sums)
            try net.outputQuantized(sums)
        },
        folds(
            "the product alone of a convolution with two readers", "\(q) \(d) \(d) Conv \(q) \(d) Abs",
            becomes: "\(q) \(d) \(d) QLinearConv \(q) \(d) Abs"
        ) { net in
            let sums = try net.node("Conv", [try net.realInput([2, 3, 5, 5]), try net.realWeights([4, 3, 3, 3])])
            try net.outputQuantized(sums)
            net.output(try net.node("Abs", [sums]))
        },
        stays("a convolution of real pixels", "\(d) Conv \(q) \(d)") { net in
            try net.outputQuantized(
                try net.node("Conv", [try net.input([2, 3, 5, 5]), try net.realWeights([4, 3, 3, 3])]))
        },
        stays("a convolution by real weights", "\(q) \(d) Conv \(q) \(d)") { net in
            try net.outputQuantized(
                try net.node("Conv", [try net.realInput([2, 3, 5, 5]), try net.weights([4, 3, 3, 3])]))
        },
        stays("scales for each channel of the filters", "\(q) \(d) \(d) Conv \(q) \(d)") { net in
            let x = try net.realInput([2, 3, 5, 5])
            try net.outputQuantized(try net.node("Conv", [x, try net.realWeights([4, 3, 3, 3], axis: 1)]))
        },
        stays("a bias that is an input", "\(q) \(d) \(d) Conv \(q) \(d)") { net in
            let x = try net.realInput([2, 3, 5, 5])
            let sums = try net.node("Conv", [x, try net.realWeights([4, 3, 3, 3]), try net.input([4], isFixed: true)])
            try net.outputQuantized(sums)
        },
        folds(
            "the product alone before a function that is no clamp", "\(q) \(d) \(d) Conv Tanh \(q) \(d)",
            becomes: "\(q) \(d) \(d) QLinearConv Tanh \(q) \(d)"
        ) { net in
            let sums = try net.node("Conv", [try net.realInput([2, 3, 5, 5]), try net.realWeights([4, 3, 3, 3])])
            try net.outputQuantized(try net.node("Tanh", [sums]))
        },
        folds(
            "a result with a scale for each channel", "\(q) \(d) \(d) Conv \(q)",
            becomes: "\(q) \(d) \(d) QLinearConv"
        ) { net in
            let sums = try net.node("Conv", [try net.realInput([2, 3, 5, 5]), try net.realWeights([4, 3, 3, 3])])
            let scales = net.constant(try Tensor([0.1, 0.2, 0.3, 0.4] as [Float], shape: [4]))
            net.output(try net.node("QuantizeLinear", [sums, scales], ["axis": .int(1)]))
        },
        stays("a scaled product", "\(q) \(d) \(d) Gemm \(q) \(d)") { net in
            let x = try net.realInput([3, 6])
            try net.outputQuantized(
                try net.node("Gemm", [x, try net.realWeights([6, 5]), try net.weights([5])], ["alpha": .float(0.5)]))
        },
        // Fused into the sum by a later pass, the function must not be lost in the next round.
        stays("a sum and a function", "\(q) \(d) \(q) \(d) Add Sigmoid \(q) \(d)") { net in
            let (a, b) = (try net.realInput([2, 3, 4, 4]), try net.realInput([2, 3, 4, 4], 0.03125))
            try net.outputQuantized(try net.node("Sigmoid", [try net.node("Add", [a, b])]), 0.0039)
        },
        stays("a stack of matrices with a scale for each of its rows", "\(q) \(d) \(d) MatMul \(q) \(d)") { net in
            let x = try net.realInput([4, 3, 6])
            try net.outputQuantized(try net.node("MatMul", [x, try net.realWeights([4, 6, 6], axis: 1)]))
        },
        stays("a bias of one number for all", "\(q) \(d) \(d) Gemm \(q) \(d)") { net in
            let x = try net.realInput([3, 6])
            try net.outputQuantized(try net.node("Gemm", [x, try net.realWeights([6, 5]), try net.weights([1])]))
        },
        stays("products whose sums int32 does not hold", "\(q) \(d) \(d) MatMul \(q) \(d)") { net in
            let x = try net.realInput([1, 66_500])
            try net.outputQuantized(try net.node("MatMul", [x, try net.realWeights([66_500, 1])]), 4)
        },
        stays("a sum with a real number", "\(q) \(d) Add \(q) \(d)") { net in
            try net.outputQuantized(try net.node("Add", [try net.realInput([2, 3, 4, 4]), try net.scalar(1)]))
        },
        stays("a mean that is clamped", "\(q) \(d) AveragePool Relu \(q) \(d)") { net in
            let x = try net.realInput([2, 3, 5, 5])
            let mean = try net.node("AveragePool", [x], ["kernel_shape": .ints([3, 3])])
            try net.outputQuantized(try net.node("Relu", [mean]))
        },
        stays("a maximum with another scale", "\(q) \(d) MaxPool \(q) \(d)") { net in
            let x = try net.realInput([2, 3, 5, 5])
            try net.outputQuantized(try net.node("MaxPool", [x], ["kernel_shape": .ints([3, 3])]))
        },
        stays("a concatenation with a real value", "\(q) \(d) Concat \(q) \(d)") { net in
            let (a, b) = (try net.realInput([2, 3, 4, 4]), try net.input([2, 5, 4, 4]))
            try net.outputQuantized(try net.node("Concat", [a, b], ["axis": .int(1)]))
        },
        stays("there and back with another scale", "\(q) \(d) \(q) \(d)") { net in
            try net.outputQuantized(try net.realInput([2, 3]))
        },
        stays("softmax", "\(q) \(d) Softmax \(q) \(d)") { net in
            try net.outputQuantized(try net.node("Softmax", [try net.realInput([2, 3])]), 0.00390625)
        },
    ]
}

@Suite struct FoldQuantizationTests {
    /// Passes also see models whose types cannot be inferred.
    @Test("models that are unsound are refused, not folded") func unsound() throws {
        func code(_ build: (inout Net) throws -> Void) throws -> DeeperError.Code? {
            try errorCode {
                var net = Net()
                try build(&net)
                _ = try net.run(net.graph, optimizes: true)
            }
        }
        let wideZeroPoint = try code { net in
            let x = try net.realInput([2, 3, 5, 5])
            let stored = net.constant(try Tensor([Int8](repeating: 1, count: 12), shape: [4, 3, 1, 1]))
            let w = try net.node("DequantizeLinear", [stored, try net.scalar(0.5), try net.integers(1 << 40)])
            try net.outputQuantized(try net.node("Conv", [x, w]))
        }
        #expect(wideZeroPoint == .invalidModel)
        let noFilters = try code { net in
            let x = try net.realInput([2, 3, 5, 5])
            let sums = try net.node("Relu", [try net.node("Conv", [x, try net.realWeights([0, 3, 1, 1])])])
            let none = net.constant(try Tensor([Float](), shape: [0]))
            net.output(try net.node("QuantizeLinear", [sums, none], ["axis": .int(1)]))
        }
        #expect(noFilters == .invalidModel)
        let scalarWeights = try code { net in
            let x = try net.realInput([2, 3, 5, 5])
            let stored = net.constant(try Tensor([Int8(1)], shape: []))
            let scales = net.constant(try Tensor([0.5, 0.25] as [Float], shape: [2]))
            try net.outputQuantized(
                try net.node("Conv", [x, try net.node("DequantizeLinear", [stored, scales], ["axis": .int(0)])]))
        }
        #expect(scalarWeights == .invalidModel)
    }
}
