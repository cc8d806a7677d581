import Deeper
import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// Element types, attributes and values for which ONNX's archive has no cases.
@Suite("operators beyond ONNX's cases") struct OperatorFormTests {
    private static let x = floats([1, 2, 3, 4, 5, 6], [2, 3])

    static let comparisons: [NodeCase] = [
        NodeCase(
            "Less-6, axis of the rows", "Less", opset: 6, ["broadcast": .int(1), "axis": .int(0)],
            [x, floats([2, 5], [2])], gives: [tensor([true, false, false, true, false, false], [2, 3])]),
        NodeCase(
            "Greater-7", "Greater", opset: 7, [x, floats([3], [1])],
            gives: [tensor([false, false, false, true, true, true], [2, 3])]),
        NodeCase(
            "Greater of large integers", "Greater", opset: 13, [integers(1 << 53 + 1, -1), integers(1 << 53, 0)],
            gives: [tensor([true, false], [2])]),
        NodeCase(
            "Less of uint8", "Less", opset: 13, [tensor([UInt8(200), 1], [2]), tensor([UInt8(100), 2], [2])],
            gives: [tensor([false, true], [2])]),
        NodeCase(
            "LessOrEqual of float64", "LessOrEqual", opset: 16,
            [tensor([Double(1), .nan, 3], [3]), tensor([1.0, 1, 2], [3])],
            gives: [tensor([true, false, false], [3])]),
        NodeCase(
            "GreaterOrEqual of NaN", "GreaterOrEqual", opset: 12,
            [floats([1, .nan, 3], [3]), floats([1, 1, .nan], [3])],
            gives: [tensor([true, false, false], [3])]),
        NodeCase(
            "And-6", "And", opset: 6, ["broadcast": .int(1), "axis": .int(0)],
            [tensor([true, true, false, true], [2, 2]), tensor([true, false], [2])],
            gives: [tensor([true, true, false, false], [2, 2])]),
        NodeCase(
            "IsNaN of float64", "IsNaN", opset: 9, [tensor([Double.nan, 1], [2])], gives: [tensor([true, false], [2])]),
        NodeCase(
            "IsInf of float64", "IsInf", opset: 10, ["detect_positive": .int(0)],
            [tensor([Double.infinity, -Double.infinity, 0], [3])], gives: [tensor([false, true, false], [3])]),
    ]

    static let arithmetic: [NodeCase] = [
        NodeCase(
            "Mod of int8 at its end", "Mod", opset: 13,
            [tensor([Int8(-128), -128], [2]), tensor([Int8(-1), 3], [2])],
            gives: [tensor([Int8(0), 1], [2])]),
        NodeCase(
            "Mod of int8 with fmod", "Mod", opset: 13, ["fmod": .int(1)],
            [tensor([Int8(-128), -128, 7], [3]), tensor([Int8(-1), 3, -4], [3])],
            gives: [tensor([Int8(0), -2, 3], [3])]),
        NodeCase(
            "Mod of floats by the sign of B", "Mod", opset: 28,
            [floats([-5.5, 5.5, 6, -6, 1, -1, 1], [7]), floats([2, -2, -3, 3, .infinity, .infinity, 0], [7])],
            gives: [floats([0.5, -0.5, 0, 0, 1, .infinity, .nan], [7])]),
        NodeCase(
            "Sign of floats", "Sign", opset: 13, [floats([-2, -0.0, 3, .nan, -.infinity], [5])],
            gives: [floats([-1, 0, 1, .nan, -1], [5])]),
        NodeCase(
            "Sign of uint8", "Sign", opset: 9, [tensor([UInt8(0), 200], [2])], gives: [tensor([UInt8(0), 1], [2])]),
        NodeCase("Sign of int64", "Sign", opset: 9, [integers(.min, 0, .max)], gives: [integers(-1, 0, 1)]),
        NodeCase(
            "Round of halves", "Round", opset: 11, [floats([0.5, 1.5, 2.5, -0.5, -1.5, 2.6], [6])],
            gives: [floats([0, 2, 2, 0, -2, 3], [6])]),
        NodeCase(
            "Round of float64", "Round", opset: 22, [tensor([0.5, 1_099_511_627_776.5], [2])],
            gives: [tensor([0.0, 0x1p40], [2])]),
        NodeCase("Cos of float64", "Cos", opset: 7, [tensor([0.0], [1])], gives: [tensor([1.0], [1])]),
        NodeCase("Exp of float64", "Exp", opset: 13, [tensor([0.0], [1])], gives: [tensor([1.0], [1])]),
        NodeCase(
            "Reciprocal of float64", "Reciprocal", opset: 6, [tensor([4.0, 0.0], [2])],
            gives: [tensor([Double(0.25), .infinity], [2])]),
        NodeCase("Acosh below 1", "Acosh", opset: 9, [floats([0.5, 1], [2])], gives: [floats([.nan, 0], [2])]),
        NodeCase(
            "Shrink of integers", "Shrink", opset: 9, ["lambd": .float(1.5), "bias": .float(1)],
            [tensor([Int32(-3), -1, 0, 2], [4])], gives: [tensor([Int32(-2), 0, 0, 1], [4])]),
        NodeCase(
            "BitShift of int64 by too much", "BitShift", opset: 28, ["direction": .string("RIGHT")],
            [integers(-8, -8, 8, 8, -8), integers(1, 64, 64, -1, -1)], gives: [integers(-4, -1, 0, 0, -1)]),
        NodeCase(
            "BitShift of uint8", "BitShift", opset: 11, ["direction": .string("LEFT")],
            [tensor([UInt8(255), 1, 1], [3]), tensor([UInt8(1), 7, 8], [3])],
            gives: [tensor([UInt8(254), 128, 0], [3])]),
        NodeCase(
            "BitwiseXor of int64", "BitwiseXor", opset: 18, [integers(12, -1), integers(10, 0)],
            gives: [integers(6, -1)]),
        NodeCase(
            "BitwiseNot of int8", "BitwiseNot", opset: 18, [tensor([Int8(0), -128], [2])],
            gives: [tensor([Int8(-1), 127], [2])]),
    ]

    static let shapes: [NodeCase] = [
        NodeCase("Size of nothing", "Size", opset: 13, [floats([], [0, 3])], gives: [tensor([Int64(0)], [])]),
        NodeCase("Size of a scalar", "Size", opset: 6, [tensor([true], [])], gives: [tensor([Int64(1)], [])]),
        NodeCase(
            "CastLike to integers", "CastLike", opset: 15, [floats([1.9, -1.9], [2]), tensor([Int64(7)], [])],
            gives: [integers(1, -1)]),
        NodeCase("CastLike to the same type", "CastLike", opset: 19, ["saturate": .int(1)], [x, x], gives: [x]),
    ]

    private static let logOfTwoLargeExponentials: Double = 1000 + log(2.0)

    static let reductions: [NodeCase] = [
        NodeCase(
            "ReduceMin of no int32", "ReduceMin", opset: 13, ["axes": .ints([0]), "keepdims": .int(0)],
            [tensor([] as [Int32], [0, 2])], gives: [tensor([Int32.max, .max], [2])]),
        NodeCase(
            "ReduceMin of no bool", "ReduceMin", opset: 20, [tensor([] as [Bool], [0, 2]), integers(0)],
            gives: [tensor([true, true], [1, 2])]),
        NodeCase(
            "ReduceProd of int64", "ReduceProd", opset: 18, ["keepdims": .int(0)],
            [tensor([Int64(2), 3, 4], [3]), integers(0)], gives: [tensor([Int64(24)], [])]),
        NodeCase(
            "ReduceL1-11", "ReduceL1", opset: 11, ["axes": .ints([-1])], [tensor([Int32(-1), 2, -3, 4], [2, 2])],
            gives: [tensor([Int32(3), 7], [2, 1])]),
        NodeCase(
            "ReduceL2 of integers", "ReduceL2", opset: 13, [tensor([Int32(3), 4], [2])],
            gives: [tensor([Int32(5)], [1])]),
        NodeCase(
            "ReduceSumSquare that reduces nothing", "ReduceSumSquare", opset: 18, ["noop_with_empty_axes": .int(1)],
            [x], gives: [floats([1, 4, 9, 16, 25, 36], [2, 3])]),
        NodeCase(
            "ReduceLogSum that reduces nothing", "ReduceLogSum", opset: 18, ["noop_with_empty_axes": .int(1)],
            [floats([1, 0], [2])], gives: [floats([0, -.infinity], [2])]),
        NodeCase(
            "ReduceLogSumExp of large numbers", "ReduceLogSumExp", opset: 13, [tensor([1000.0, 1000], [2])],
            gives: [tensor([logOfTwoLargeExponentials], [1])]),
        NodeCase(
            "ArgMin of uint8", "ArgMin", opset: 6, ["axis": .int(1), "keepdims": .int(0)],
            [tensor([UInt8(200), 3, 3, 0, 9, 1], [2, 3])], gives: [integers(1, 0)]),
        NodeCase(
            "ArgMin, the last", "ArgMin", opset: 12, ["axis": .int(-1), "select_last_index": .int(1)],
            [floats([2, 1, 1, 3], [1, 4])], gives: [tensor([Int64(2)], [1, 1])]),
    ]

    static let normalizations: [NodeCase] = [
        NodeCase(
            "Hardmax-11 over all axes after the first", "Hardmax", opset: 11,
            [floats([1, 2, 3, 3, 9, 2, 3, 4], [2, 2, 2])], gives: [floats([0, 0, 1, 0, 1, 0, 0, 0], [2, 2, 2])]),
        NodeCase(
            "Hardmax of float64", "Hardmax", opset: 13, [tensor([1.0, 2, 2], [3])], gives: [tensor([0.0, 1, 0], [3])]),
        NodeCase(
            "LpNormalization of negative numbers and zeros", "LpNormalization", opset: 6, ["p": .int(1)],
            [floats([-1, 3, 0, 0], [2, 2])], gives: [floats([-0.25, 0.75, 0, 0], [2, 2])]),
        NodeCase(
            "LpNormalization of float64", "LpNormalization", opset: 22, ["axis": .int(0)],
            [tensor([3.0, -4], [2, 1])], gives: [tensor([0.6, -0.8], [2, 1])]),
        NodeCase(
            "MeanVarianceNormalization along an axis", "MeanVarianceNormalization", opset: 9, ["axes": .ints([-1])],
            [floats([1, 3, 5, 5], [2, 2])], gives: [floats([-1, 1, 0, 0], [2, 2])]),
        NodeCase(
            "LpPool, p 1", "LpPool", opset: 11, ["kernel_shape": .ints([2]), "p": .int(1), "pads": .ints([0, 1])],
            [floats([1, -2, 3], [1, 1, 3])], gives: [floats([3, 5, 3], [1, 1, 3])]),
        NodeCase(
            "LpPool of float64, rounded up", "LpPool", opset: 18,
            ["kernel_shape": .ints([2]), "strides": .ints([2]), "ceil_mode": .int(1)],
            [tensor([3.0, 4, -7], [1, 1, 3])], gives: [tensor([5.0, 7], [1, 1, 2])]),
        NodeCase(
            "GlobalLpPool of float64", "GlobalLpPool", opset: 6, ["p": .int(1)],
            [tensor([3.0, -4, 5, 6], [1, 2, 2])], gives: [tensor([7.0, 11], [1, 2, 1])]),
        NodeCase(
            "HannWindow of int64", "HannWindow", opset: 17, ["output_datatype": .int(7)], [tensor([Int64(4)], [])],
            gives: [integers(0, 0, 1, 0)]),
        NodeCase(
            "HammingWindow of nothing", "HammingWindow", opset: 17, [tensor([Int32(0)], [])], gives: [floats([], [0])]),
        NodeCase(
            "HannWindow of one point", "HannWindow", opset: 17, ["periodic": .int(0)], [tensor([Int32(1)], [])],
            gives: [floats([0], [1])]),
    ]

    @Test(
        "give what they should",
        arguments: comparisons + arithmetic + shapes + reductions + normalizations)
    func givesWhatItShould(item: NodeCase) throws { try item.check() }

    /// Nodes that must be refused.
    static let refused: [(item: NodeCase, code: DeeperError.Code)] = [
        (NodeCase("Mod by zero", "Mod", opset: 13, [integers(1), integers(0)], gives: [integers(0)]), .invalidInput),
        (
            NodeCase(
                "Mod by zero with fmod", "Mod", opset: 13, ["fmod": .int(1)], [integers(1), integers(0)],
                gives: [integers(0)]), .invalidInput
        ),
        (NodeCase("Mod of two types", "Mod", opset: 13, [x, integers(1)], gives: [x]), .invalidModel),
        (
            NodeCase("BitShift without direction", "BitShift", opset: 11, [integers(1), integers(1)], gives: [x]),
            .invalidModel
        ),
        (NodeCase("BitwiseAnd of floats", "BitwiseAnd", opset: 18, [x, x], gives: [x]), .invalidModel),
        (
            NodeCase("Less of bool", "Less", opset: 13, [tensor([true], [1]), tensor([true], [1])], gives: [x]),
            .invalidModel
        ),
        (NodeCase("Xor of integers", "Xor", opset: 7, [integers(1), integers(1)], gives: [x]), .unsupported),
        (NodeCase("Sin of integers", "Sin", opset: 7, [integers(1)], gives: [x]), .unsupported),
        (NodeCase("ReduceProd of bool", "ReduceProd", opset: 18, [tensor([true], [1])], gives: [x]), .unsupported),
        (NodeCase("ArgMin over nothing", "ArgMin", opset: 13, [floats([], [0, 2])], gives: [x]), .invalidModel),
        (
            NodeCase("LpNormalization, p 3", "LpNormalization", opset: 22, ["p": .int(3)], [x], gives: [x]),
            .invalidModel
        ),
        (
            NodeCase(
                "LpPool, p 0", "LpPool", opset: 22, ["kernel_shape": .ints([1]), "p": .int(0)],
                [floats([1], [1, 1, 1])], gives: [x]), .invalidModel
        ),
        (
            NodeCase(
                "LpPool-11 has no dilations", "LpPool", opset: 11,
                ["kernel_shape": .ints([1]), "dilations": .ints([1])],
                [floats([1], [1, 1, 1])], gives: [x]), .invalidModel
        ),
        (
            NodeCase("MeanVarianceNormalization of a matrix", "MeanVarianceNormalization", opset: 13, [x], gives: [x]),
            .invalidModel
        ),
        (NodeCase("HannWindow of -1", "HannWindow", opset: 17, [tensor([Int64(-1)], [])], gives: [x]), .invalidModel),
        (
            NodeCase(
                "HannWindow of bool", "HannWindow", opset: 17, ["output_datatype": .int(9)], [tensor([Int64(1)], [])],
                gives: [x]), .unsupported
        ),
    ]

    @Test("are refused where they are wrong", arguments: refused.indices) func isRefused(index: Int) throws {
        let (item, code) = OperatorFormTests.refused[index]
        #expect(try item.refusal() == code, "\(item.name)")
    }

    @Test("Size and the second input of CastLike need no values", arguments: [false, true])
    func typesAlone(optimizes: Bool) throws {
        var builder = GraphBuilder(name: "types", opset: 15)
        let x = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(3)]))
        let axes = builder.constant("axes", integers(0))
        let two = builder.constant("two", tensor([2.0], []))
        let count = try builder.node("Size", "count", [x])
        let shape = try builder.node("Unsqueeze", "shape", [count, axes])
        let flat = try builder.node("Reshape", "flat", [x, shape])
        let bound = try builder.node("CastLike", "bound", [two, x])
        builder.output(try builder.node("Clip", "y", [flat, bound]))
        #expect(builder.graph.valueDependentInputs().isEmpty)
        let engine = try Engine(Model(graph: builder.graph), options: EngineOptions(optimizesGraph: optimizes))
        let y = try #require(try engine.runBlocking(["x": OperatorFormTests.x])["y"])
        #expect(y.shape == [6])
        #expect(try y.elements(as: Float.self) == [2, 2, 3, 4, 5, 6])
    }
}
