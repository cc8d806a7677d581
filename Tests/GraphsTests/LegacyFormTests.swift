import Deeper
import DeeperGraphs
import DeeperTensors
import Foundation
import Testing

/// Forms of operators in old opsets, for which ONNX's archive has no cases any more.
@Suite("operators of old opsets") struct LegacyFormTests {
    private static let x = floats([1, 2, 3, 4, 5, 6], [2, 3])

    static let broadcasting: [NodeCase] = [
        NodeCase(
            "Add-6, axis of the rows", "Add", opset: 6, ["broadcast": .int(1), "axis": .int(0)],
            [x, floats([10, 20], [2])], gives: [floats([11, 12, 13, 24, 25, 26], [2, 3])]),
        NodeCase(
            "Add-6, trailing axes", "Add", opset: 6, ["broadcast": .int(1)], [x, floats([10, 20, 30], [3])],
            gives: [floats([11, 22, 33, 14, 25, 36], [2, 3])]),
        NodeCase(
            "Add-6, axis in the middle", "Add", opset: 6, ["broadcast": .int(1), "axis": .int(1)],
            [floats([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]), floats([10, 20], [2])],
            gives: [floats([11, 12, 23, 24, 15, 16, 27, 28], [2, 2, 2])]),
        NodeCase(
            "Add-6, negative axis", "Add", opset: 6, ["broadcast": .int(1), "axis": .int(-2)],
            [x, floats([10, 20], [2])], gives: [floats([11, 12, 13, 24, 25, 26], [2, 3])]),
        NodeCase(
            "Add-6, equal shapes", "Add", opset: 6, ["broadcast": .int(0), "consumed_inputs": .ints([0, 0])], [x, x],
            gives: [floats([2, 4, 6, 8, 10, 12], [2, 3])]),
        NodeCase(
            "Add-7", "Add", opset: 7, [x, floats([10, 20], [2, 1])],
            gives: [floats([11, 12, 13, 24, 25, 26], [2, 3])]),
        NodeCase(
            "Mul-6, channels of a picture", "Mul", opset: 6, ["broadcast": .int(1), "axis": .int(1)],
            [floats([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 2]), floats([10, 100], [2])],
            gives: [floats([10, 20, 30, 40, 500, 600, 700, 800], [1, 2, 2, 2])]),
        NodeCase(
            "Mul-6, a scalar", "Mul", opset: 6, ["broadcast": .int(1)], [x, floats([2], [])],
            gives: [floats([2, 4, 6, 8, 10, 12], [2, 3])]),
        NodeCase(
            "Sub-6", "Sub", opset: 6, ["broadcast": .int(1), "axis": .int(0)], [x, floats([1, 2], [2])],
            gives: [floats([0, 1, 2, 2, 3, 4], [2, 3])]),
        NodeCase(
            "Div-6", "Div", opset: 6, ["broadcast": .int(1), "axis": .int(0)], [x, floats([1, 2], [2])],
            gives: [floats([1, 2, 3, 2, 2.5, 3], [2, 3])]),
        NodeCase(
            "Pow-6", "Pow", opset: 6, ["broadcast": .int(1), "axis": .int(0)], [x, floats([1, 2], [2])],
            gives: [floats([1, 2, 3, 16, 25, 36], [2, 3])]),
        NodeCase(
            "Equal-6", "Equal", opset: 6, ["broadcast": .int(1), "axis": .int(0)],
            [tensor([Int32(1), 2, 1, 2], [2, 2]), tensor([Int32(1), 2], [2])],
            gives: [tensor([true, false, false, true], [2, 2])]),
        NodeCase(
            "PRelu-6, a slope a channel", "PRelu", opset: 6,
            [floats([-1, 2, -3, -4], [1, 2, 1, 2]), floats([10, 100], [2])],
            gives: [floats([-10, 2, -300, -400], [1, 2, 1, 2])]),
        NodeCase(
            "PRelu-6, one slope", "PRelu", opset: 6, [floats([-1, 2, -3, -4], [1, 2, 1, 2]), floats([10], [1])],
            gives: [floats([-10, 2, -30, -40], [1, 2, 1, 2])]),
        NodeCase(
            "PRelu-7, slopes along the last axis", "PRelu", opset: 7,
            [floats([-1, 2, -3, -4], [1, 2, 1, 2]), floats([10, 100], [2])],
            gives: [floats([-10, 2, -30, -400], [1, 2, 1, 2])]),
        NodeCase(
            "Gemm-6, a row for all", "Gemm", opset: 6, ["broadcast": .int(1)],
            [floats([1, 2, 3, 4], [2, 2]), floats([1, 0, 1, 1], [2, 2]), floats([10, 20], [2])],
            gives: [floats([13, 22, 17, 24], [2, 2])]),
        NodeCase(
            "Gemm-6, scaled", "Gemm", opset: 6, ["transA": .int(1), "alpha": .float(2), "beta": .float(0.5)],
            [floats([1, 2, 3, 4], [2, 2]), floats([1, 0, 1, 1], [2, 2]), floats([2, 4, 6, 8], [2, 2])],
            gives: [floats([9, 8, 15, 12], [2, 2])]),
    ]

    static let attributesBeforeInputs: [NodeCase] = [
        NodeCase(
            "Clip-6", "Clip", opset: 6, ["min": .float(2), "max": .float(5)], [x],
            gives: [floats([2, 2, 3, 4, 5, 5], [2, 3])]),
        NodeCase(
            "Clip-6, lower bound alone", "Clip", opset: 6, ["min": .float(3)], [x],
            gives: [floats([3, 3, 3, 4, 5, 6], [2, 3])]),
        NodeCase("Clip-6, no bounds", "Clip", opset: 6, [x], gives: [x]),
        NodeCase(
            "Clip-6 of float64", "Clip", opset: 6, ["min": .float(0), "max": .float(6)],
            [tensor([-5.0, 3.0, 9.0], [3])], gives: [tensor([0.0, 3.0, 6.0], [3])]),
        NodeCase("Clip-10", "Clip", opset: 10, ["max": .float(2)], [x], gives: [floats([1, 2, 2, 2, 2, 2], [2, 3])]),
        NodeCase(
            "Squeeze-1", "Squeeze", opset: 6, ["axes": .ints([0, 2])], [floats([1, 2, 3], [1, 3, 1, 1])],
            gives: [floats([1, 2, 3], [3, 1])]),
        NodeCase(
            "Squeeze-11, from the end", "Squeeze", opset: 11, ["axes": .ints([-1])], [floats([1, 2, 3], [1, 3, 1])],
            gives: [floats([1, 2, 3], [1, 3])]),
        NodeCase(
            "Squeeze-1, all", "Squeeze", opset: 6, [floats([1, 2, 3], [1, 3, 1])], gives: [floats([1, 2, 3], [3])]),
        NodeCase(
            "Unsqueeze-1", "Unsqueeze", opset: 6, ["axes": .ints([0, 3])], [x],
            gives: [floats([1, 2, 3, 4, 5, 6], [1, 2, 3, 1])]),
        NodeCase(
            "ReduceSum-11", "ReduceSum", opset: 11, ["axes": .ints([1]), "keepdims": .int(0)], [x],
            gives: [floats([6, 15], [2])]),
        NodeCase("ReduceSum-6, all", "ReduceSum", opset: 6, [x], gives: [floats([21], [1, 1])]),
        NodeCase(
            "ReduceMean-13", "ReduceMean", opset: 17, ["axes": .ints([-2])], [x],
            gives: [floats([2.5, 3.5, 4.5], [1, 3])]),
        NodeCase(
            "ReduceMax-13", "ReduceMax", opset: 13, ["axes": .ints([0, 1]), "keepdims": .int(0)], [x],
            gives: [floats([6], [])]),
        NodeCase(
            "Slice-1", "Slice", opset: 9, ["starts": .ints([0, -2]), "ends": .ints([1, 1000])], [x],
            gives: [floats([2, 3], [1, 2])]),
        NodeCase(
            "Slice-1, axes", "Slice", opset: 6, ["starts": .ints([1]), "ends": .ints([-1]), "axes": .ints([1])], [x],
            gives: [floats([2, 5], [2, 1])]),
        NodeCase(
            "Pad-2", "Pad", opset: 6, ["pads": .ints([0, 1, 1, 0]), "value": .float(9)], [x],
            gives: [floats([9, 1, 2, 3, 9, 4, 5, 6, 9, 9, 9, 9], [3, 4])]),
        NodeCase(
            "Pad-2, mirrored", "Pad", opset: 10, ["pads": .ints([0, 2, 0, 1]), "mode": .string("reflect")], [x],
            gives: [floats([3, 2, 1, 2, 3, 2, 6, 5, 4, 5, 6, 5], [2, 6])]),
        NodeCase(
            "Pad-2, the edge", "Pad", opset: 10, ["pads": .ints([1, 0, 0, 1]), "mode": .string("edge")], [x],
            gives: [floats([1, 2, 3, 3, 1, 2, 3, 3, 4, 5, 6, 6], [3, 4])]),
        NodeCase(
            "Pad-2, cropped", "Pad", opset: 10, ["pads": .ints([0, -1, 0, 1])], [x],
            gives: [floats([2, 3, 0, 5, 6, 0], [2, 3])]),
        NodeCase(
            "TopK-1", "TopK", opset: 9, ["k": .int(2)], [floats([3, 1, 4, 1, 5, 9], [2, 3])],
            gives: [floats([4, 3, 9, 5], [2, 2]), tensor([Int64(2), 0, 2, 1], [2, 2])]),
        NodeCase(
            "TopK-1, axis", "TopK", opset: 6, ["k": .int(1), "axis": .int(0)], [floats([3, 1, 4, 1, 5, 9], [2, 3])],
            gives: [floats([3, 5, 9], [1, 3]), tensor([Int64(0), 1, 1], [1, 3])]),
        NodeCase(
            "Split-2", "Split", opset: 6, ["axis": .int(1), "split": .ints([1, 2])], [x],
            gives: [floats([1, 4], [2, 1]), floats([2, 3, 5, 6], [2, 2])]),
        NodeCase(
            "Split-2, equal parts", "Split", opset: 11, [x],
            gives: [floats([1, 2, 3], [1, 3]), floats([4, 5, 6], [1, 3])]),
        NodeCase("Dropout-6", "Dropout", opset: 6, ["is_test": .int(1), "ratio": .float(0.9)], [x], gives: [x]),
        NodeCase("Dropout-7, mask", "Dropout", opset: 7, [x], gives: [x, floats([1, 1, 1, 1, 1, 1], [2, 3])]),
        NodeCase(
            "Dropout-7, mask of float64", "Dropout", opset: 7, [tensor([Double(3), 4], [2])],
            gives: [tensor([Double(3), 4], [2]), tensor([Double(1), 1], [2])]),
        NodeCase(
            "Dropout-10, mask", "Dropout", opset: 10, [x],
            gives: [x, tensor(Array(repeating: true, count: 6), [2, 3])]),
        NodeCase(
            "Constant-12", "Constant", opset: 12, ["value_floats": .floats([1, 2])], [], gives: [floats([1, 2], [2])]),
        NodeCase(
            "Constant-12, int", "Constant", opset: 12, ["value_int": .int(7)], [], gives: [tensor([Int64(7)], [])]),
    ]

    /// Y = (X - mean) scale / sqrt(variance) + shift with variances that are squares and no epsilon.
    static let normInputs = [
        floats([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]), floats([2, 3], [2]), floats([10, 20], [2]), floats([1, 3], [2]),
        floats([4, 9], [2]),
    ]
    private static let normalized = floats([10, 11, 20, 21, 14, 15, 24, 25], [2, 2, 2])

    static let normalization: [NodeCase] = [
        NodeCase(
            "BatchNormalization-6", "BatchNormalization", opset: 6,
            ["is_test": .int(1), "epsilon": .float(0), "spatial": .int(1), "momentum": .float(0.5)], normInputs,
            gives: [normalized]),
        NodeCase(
            "BatchNormalization-8", "BatchNormalization", opset: 8, ["epsilon": .float(0), "spatial": .int(1)],
            normInputs, gives: [normalized]),
        NodeCase(
            "BatchNormalization-9", "BatchNormalization", opset: 9, ["epsilon": .float(0)], normInputs,
            gives: [normalized]),
        // The batch's means are 2, its variances 1 and 4, whatever inputs 3 and 4 say.
        NodeCase(
            "BatchNormalization-14 with the batch's moments", "BatchNormalization", opset: 14,
            ["training_mode": .int(1), "epsilon": .float(0)],
            [
                floats([1, 3, 0, 4, 1, 3, 0, 4], [2, 2, 2]), normInputs[1], normInputs[2], normInputs[3], normInputs[4],
            ],
            gives: [floats([8, 12, 17, 23, 8, 12, 17, 23], [2, 2, 2])]),
    ]

    static let resizing: [NodeCase] = [
        NodeCase(
            "Upsample-7, nearest", "Upsample", opset: 7, ["scales": .floats([1, 1, 2, 3])],
            [floats([1, 2, 3, 4], [1, 1, 2, 2])],
            gives: [
                floats(
                    [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4], [1, 1, 4, 6])
            ]),
        NodeCase(
            "Upsample-7, a fraction", "Upsample", opset: 8, ["scales": .floats([1, 1.5]), "mode": .string("nearest")],
            [floats([1, 2, 3, 4], [1, 4])], gives: [floats([1, 1, 2, 3, 3, 4], [1, 6])]),
        NodeCase(
            "Upsample-9, linear", "Upsample", opset: 9, ["mode": .string("linear")],
            [floats([2, 4, 8], [1, 3]), floats([1, 2], [2])], gives: [floats([2, 3, 4, 6, 8, 8], [1, 6])]),
        NodeCase(
            "Resize-10, nearest, smaller", "Resize", opset: 10,
            [floats([1, 2, 3, 4, 5], [1, 5]), floats([1, 0.5], [2])],
            gives: [floats([1, 3], [1, 2])]),
        NodeCase(
            "Resize-10, nearest, larger", "Resize", opset: 10, ["mode": .string("nearest")],
            [floats([1, 2, 3], [1, 3]), floats([1, 2], [2])], gives: [floats([1, 1, 2, 2, 3, 3], [1, 6])]),
        NodeCase(
            "Resize-10, linear", "Resize", opset: 10, ["mode": .string("linear")],
            [floats([2, 4, 8], [1, 3]), floats([1, 2], [2])], gives: [floats([2, 3, 4, 6, 8, 8], [1, 6])]),
    ]

    /// Attributes that exporters still write although ONNX removed them or never had them: they say what holds anyway.
    static let spelledOutLater: [NodeCase] = [
        NodeCase("Dropout-13 with is_test 1", "Dropout", opset: 13, ["is_test": .int(1)], [x], gives: [x]),
        NodeCase(
            "Gemm-13 with broadcast", "Gemm", opset: 13, ["broadcast": .int(1)],
            [x, floats([1, 0, 0, 1, 1, 1], [3, 2]), floats([10, 20], [2])], gives: [floats([14, 25, 20, 31], [2, 2])]),
        NodeCase(
            "GlobalAveragePool-13 with its window", "GlobalAveragePool", opset: 13,
            ["kernel_shape": .ints([1, 3]), "pads": .ints([0, 0, 0, 0]), "strides": .ints([1, 1])],
            [floats([1, 2, 6], [1, 1, 1, 3])], gives: [floats([3], [1, 1, 1, 1])]),
        NodeCase(
            "BatchNormalization-9 with spatial 1 and is_test 1", "BatchNormalization", opset: 9,
            ["spatial": .int(1), "is_test": .int(1), "epsilon": .float(0)],
            [
                floats([1, 2], [1, 2]), floats([2, 2], [2]), floats([0, 1], [2]), floats([0, 0], [2]),
                floats([1, 4], [2]),
            ], gives: [floats([2, 3], [1, 2])]),
        NodeCase(
            "Add-7 with broadcast", "Add", opset: 7, ["broadcast": .int(1)], [x, floats([10, 20, 30], [3])],
            gives: [floats([11, 22, 33, 14, 25, 36], [2, 3])]),
        // Beyond 2^53 float64 has no odd numbers.
        NodeCase(
            "Range-11 between large integers", "Range", opset: 11,
            [
                tensor([Int64(1 << 53)], []), tensor([Int64(1 << 53) + 3], []), tensor([Int64(1)], []),
            ], gives: [integers(1 << 53, 1 << 53 + 1, 1 << 53 + 2)]),
        NodeCase(
            "Range-11 over all integers", "Range", opset: 11,
            [tensor([Int64.max], []), tensor([Int64.min], []), tensor([Int64.min], [])],
            gives: [integers(.max, -1)]),
        NodeCase(
            "Pad-13 with a large integer", "Pad", opset: 13,
            [integers(1), integers(0, 1), tensor([Int64(1 << 53) + 1], [])], gives: [integers(1, 1 << 53 + 1)]),
        NodeCase(
            "Pow-13 of integers", "Pow", opset: 13, [integers(3, -3, 7, 2, 0, 5), integers(35, 35, 22, 62, 0, 1)],
            gives: [
                integers(
                    50_031_545_098_999_707, -50_031_545_098_999_707, 3_909_821_048_582_988_049, 1 << 62, 1, 5)
            ]),
        NodeCase(
            "Pow-13 of an integer and whole numbers in float32", "Pow", opset: 13,
            [integers(3, 94_906_267), floats([35, 2], [2])],
            gives: [integers(50_031_545_098_999_707, 9_007_199_515_875_289)]),
        NodeCase(
            "Pow-13 of an integer and fractions", "Pow", opset: 13, [integers(9, 2), floats([0.5, -1], [2])],
            gives: [integers(3, 0)]),
    ]

    @Test(
        "give what they should",
        arguments: broadcasting + attributesBeforeInputs + normalization + resizing + spelledOutLater)
    func givesWhatItShould(item: NodeCase) throws { try item.check() }

    /// Results at the ends of what float32 holds.
    static let extreme: [NodeCase] = [
        NodeCase(
            "Gemm whose alpha times B overflows", "Gemm", opset: 13, ["alpha": .float(1e38)],
            [floats([0, 1e-10], [2, 1]), floats([100], [1, 1])], gives: [floats([0, 1e-10 * 100 * 1e38], [2, 1])]),
        NodeCase(
            "Gemm whose alpha times B vanishes", "Gemm", opset: 13, ["alpha": .float(0x1p-100)],
            [floats([0x1p100], [1, 1]), floats([0x1p-50], [1, 1])], gives: [floats([0x1p-50], [1, 1])]),
        NodeCase(
            "HardSigmoid of NaN", "HardSigmoid", opset: 6, [floats([.nan, 10, -10], [3])],
            gives: [floats([.nan, 1, 0], [3])]),
        NodeCase(
            "HardSwish of NaN", "HardSwish", opset: 14, [floats([.nan, 6], [2])], gives: [floats([.nan, 6], [2])]),
    ]

    @Test("results that overflow, vanish or are NaN", arguments: extreme)
    func extremes(item: NodeCase) throws { try item.check() }

    @Test(
        "an operand that starts at an axis keeps its elements' order where a convolution made it",
        arguments: [false, true])
    func alignedImage(optimizes: Bool) throws {
        var builder = GraphBuilder(name: "aligned", opset: 6)
        let x = builder.input("x", DeclaredType(.float32, [.fixed(1), .fixed(1), .fixed(3)]))
        let w = builder.constant("w", floats([1, 10], [2, 1, 1]))
        let image = try builder.node("Conv", "image", [x, w])
        let zeros = builder.input("zeros", DeclaredType(.float32, [.fixed(1), .fixed(2), .fixed(3), .fixed(2)]))
        let attributes: [String: AttributeValue] = ["broadcast": .int(1), "axis": .int(0)]
        builder.output(try builder.node("Add", "y", [zeros, image], attributes))
        let engine = try Engine(Model(graph: builder.graph), options: EngineOptions(optimizesGraph: optimizes))
        let inputs = [
            "x": floats([1, 2, 3], [1, 1, 3]), "zeros": floats(Array(repeating: 0, count: 12), [1, 2, 3, 2]),
        ]
        let y = try #require(try engine.runBlocking(inputs)["y"]).elements(as: Float.self)
        #expect(y == [1, 1, 2, 2, 3, 3, 10, 10, 20, 20, 30, 30])
    }

    @Test("Clip of integers before opset 11 is refused") func integerClip() throws {
        let item = NodeCase(
            "Clip-10", "Clip", opset: 10, ["max": .float(2)], [tensor([Int32(1), 3], [2])],
            gives: [tensor([Int32(1), 2], [2])])
        #expect(try item.refusal() == .unsupported)
    }
}
