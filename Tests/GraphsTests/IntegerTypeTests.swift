import DeeperGraphs
import DeeperTensors
import Testing

/// int16, uint16, uint32 and uint64 where operators compute with integers, compare and move them. Expected numbers: ONNX's
/// reference evaluator, which is NumPy, and ONNX Runtime where it has the operator.
@Suite("integers of 16 bits and unsigned ones") struct IntegerTypeTests {
    static let arithmetic: [NodeCase] = [
        NodeCase(
            "Add of uint16 wraps", "Add", opset: 14,
            [tensor([.max, 40_000, 7] as [UInt16], [3]), tensor([1, 30_000, 8] as [UInt16], [3])],
            gives: [tensor([0, 4464, 15] as [UInt16], [3])]),
        NodeCase(
            "Sub of uint32 wraps", "Sub", opset: 14,
            [tensor([0, 1 << 31, 9] as [UInt32], [3]), tensor([1, 7, 4] as [UInt32], [3])],
            gives: [tensor([.max, 2_147_483_641, 5] as [UInt32], [3])]),
        NodeCase(
            "Mul of int16 wraps", "Mul", opset: 14,
            [tensor([.min, 300, -7] as [Int16], [3]), tensor([-1, 300, 6] as [Int16], [3])],
            gives: [tensor([.min, 24_464, -42] as [Int16], [3])]),
        NodeCase(
            "Mul of uint64 wraps", "Mul", opset: 14,
            [tensor([.max, 1 << 63, 5] as [UInt64], [3]), tensor([2, 3, 7] as [UInt64], [3])],
            gives: [tensor([18_446_744_073_709_551_614, 1 << 63, 35] as [UInt64], [3])]),
        NodeCase(
            "Div of uint64", "Div", opset: 14,
            [tensor([.max, 1 << 63, 7] as [UInt64], [3]), tensor([2, 3, 1 << 63] as [UInt64], [3])],
            gives: [tensor([9_223_372_036_854_775_807, 3_074_457_345_618_258_602, 0] as [UInt64], [3])]),
        NodeCase(
            "Div of int16 towards zero", "Div", opset: 14,
            [tensor([-7, 7, .min] as [Int16], [3]), tensor([2, -2, -1] as [Int16], [3])],
            gives: [tensor([-3, -3, .min] as [Int16], [3])]),
        NodeCase(
            "Mod of uint64", "Mod", opset: 13,
            [tensor([.max, 1 << 63] as [UInt64], [2]), tensor([10, 9_223_372_036_854_775_807] as [UInt64], [2])],
            gives: [tensor([5, 1] as [UInt64], [2])]),
        NodeCase(
            "Mod of int16 by the sign of B", "Mod", opset: 13,
            [tensor([-7, 7, .min] as [Int16], [3]), tensor([3, -3, -1] as [Int16], [3])],
            gives: [tensor([2, -2, 0] as [Int16], [3])]),
        NodeCase(
            "Mod of uint16 with fmod", "Mod", opset: 13, ["fmod": .int(1)],
            [tensor([.max, 40_000] as [UInt16], [2]), tensor([256, 7] as [UInt16], [2])],
            gives: [tensor([255, 2] as [UInt16], [2])]),
        NodeCase(
            "Abs of int16 wraps", "Abs", opset: 13, [tensor([.min, -7, 7] as [Int16], [3])],
            gives: [tensor([.min, 7, 7] as [Int16], [3])]),
        NodeCase(
            "Abs of uint64", "Abs", opset: 13, [tensor([1 << 63, 7] as [UInt64], [2])],
            gives: [tensor([1 << 63, 7] as [UInt64], [2])]),
        NodeCase(
            "Neg of int16", "Neg", opset: 13, [tensor([.min, -7, 7] as [Int16], [3])],
            gives: [tensor([.min, 7, -7] as [Int16], [3])]),
        NodeCase(
            "Sign of uint64", "Sign", opset: 13, [tensor([0, 1, 1 << 63] as [UInt64], [3])],
            gives: [tensor([0, 1, 1] as [UInt64], [3])]),
        NodeCase(
            "Sign of int16", "Sign", opset: 13, [tensor([-300, 0, 300] as [Int16], [3])],
            gives: [tensor([-1, 0, 1] as [Int16], [3])]),
        NodeCase(
            "Clip of uint64", "Clip", opset: 13,
            [
                tensor([0, 1 << 63, .max] as [UInt64], [3]), tensor([5] as [UInt64], []),
                tensor([9_223_372_036_854_775_809] as [UInt64], []),
            ], gives: [tensor([5, 1 << 63, 9_223_372_036_854_775_809] as [UInt64], [3])]),
        NodeCase(
            "Clip of int16", "Clip", opset: 13,
            [tensor([-300, 5, 300] as [Int16], [3]), tensor([-256] as [Int16], []), nil],
            gives: [tensor([-256, 5, 300] as [Int16], [3])]),
        NodeCase(
            "Max of uint64", "Max", opset: 13,
            [tensor([1 << 63, 5] as [UInt64], [2]), tensor([7, 9_223_372_036_854_775_807] as [UInt64], [2])],
            gives: [tensor([1 << 63, 9_223_372_036_854_775_807] as [UInt64], [2])]),
        NodeCase(
            "Min of uint16", "Min", opset: 13, [tensor([40_000, 5] as [UInt16], [2]), tensor([7] as [UInt16], [1])],
            gives: [tensor([7, 5] as [UInt16], [2])]),
        NodeCase(
            "Pow of int64 and uint16", "Pow", opset: 15,
            [tensor([3, -2, 10] as [Int64], [3]), tensor([4, 3, 0] as [UInt16], [3])],
            gives: [tensor([81, -8, 1] as [Int64], [3])]),
        NodeCase(
            "Pow of int32 and uint64", "Pow", opset: 15,
            [tensor([-1, 3] as [Int32], [2]), tensor([1 << 63, 2] as [UInt64], [2])],
            gives: [tensor([1, 9] as [Int32], [2])]),
        NodeCase(
            "Pow of float32 and int16", "Pow", opset: 15,
            [tensor([2, 4, 3] as [Float], [3]), tensor([-1, 2, 0] as [Int16], [3])],
            gives: [tensor([0.5, 16, 1] as [Float], [3])]),
        NodeCase(
            "BitShift of uint64 to the right", "BitShift", opset: 11, ["direction": .string("RIGHT")],
            [tensor([1 << 63, .max, 8] as [UInt64], [3]), tensor([63, 60, 64] as [UInt64], [3])],
            gives: [tensor([1, 15, 0] as [UInt64], [3])]),
        NodeCase(
            "BitShift of int16 to the right", "BitShift", opset: 28, ["direction": .string("RIGHT")],
            [tensor([.min, -8, 8] as [Int16], [3]), tensor([15, 1, 2] as [Int16], [3])],
            gives: [tensor([-1, -4, 2] as [Int16], [3])]),
        NodeCase(
            "BitShift of uint16 to the left", "BitShift", opset: 11, ["direction": .string("LEFT")],
            [tensor([.max, 1, 1] as [UInt16], [3]), tensor([1, 15, 16] as [UInt16], [3])],
            gives: [tensor([65_534, 32_768, 0] as [UInt16], [3])]),
        NodeCase(
            "BitwiseAnd of int16", "BitwiseAnd", opset: 18,
            [tensor([-1, 4660] as [Int16], [2]), tensor([-256, 255] as [Int16], [2])],
            gives: [tensor([-256, 52] as [Int16], [2])]),
        NodeCase(
            "BitwiseOr of uint32", "BitwiseOr", opset: 18,
            [tensor([1 << 31, 1] as [UInt32], [2]), tensor([1, 2] as [UInt32], [2])],
            gives: [tensor([2_147_483_649, 3] as [UInt32], [2])]),
        NodeCase(
            "BitwiseXor of uint64", "BitwiseXor", opset: 18,
            [tensor([.max, 5] as [UInt64], [2]), tensor([1 << 63, 4] as [UInt64], [2])],
            gives: [tensor([9_223_372_036_854_775_807, 1] as [UInt64], [2])]),
        NodeCase(
            "BitwiseNot of uint64", "BitwiseNot", opset: 18, [tensor([0, 1 << 63] as [UInt64], [2])],
            gives: [tensor([.max, 9_223_372_036_854_775_807] as [UInt64], [2])]),
        NodeCase(
            "BitwiseNot of int16", "BitwiseNot", opset: 18, [tensor([0, .min] as [Int16], [2])],
            gives: [tensor([-1, .max] as [Int16], [2])]),
    ]

    static let comparisons: [NodeCase] = [
        NodeCase(
            "Less of uint64 beyond int64", "Less", opset: 13,
            [tensor([1 << 63, 5, .max] as [UInt64], [3]), tensor([7, 1 << 63, .max] as [UInt64], [3])],
            gives: [tensor([false, true, false] as [Bool], [3])]),
        NodeCase(
            "Greater of uint16", "Greater", opset: 13,
            [tensor([40_000, 5] as [UInt16], [2]), tensor([7, 40_000] as [UInt16], [2])],
            gives: [tensor([true, false] as [Bool], [2])]),
        NodeCase(
            "LessOrEqual of int16", "LessOrEqual", opset: 16,
            [tensor([-300, 5] as [Int16], [2]), tensor([-300, -5] as [Int16], [2])],
            gives: [tensor([true, false] as [Bool], [2])]),
        NodeCase(
            "GreaterOrEqual of uint32", "GreaterOrEqual", opset: 16,
            [tensor([1 << 31, 5] as [UInt32], [2]), tensor([7, 6] as [UInt32], [2])],
            gives: [tensor([true, false] as [Bool], [2])]),
        NodeCase(
            "Equal of uint64", "Equal", opset: 19,
            [tensor([.max, .max] as [UInt64], [2]), tensor([.max, 18_446_744_073_709_551_614] as [UInt64], [2])],
            gives: [tensor([true, false] as [Bool], [2])]),
        NodeCase(
            "Equal of int16", "Equal", opset: 13,
            [tensor([-1, 256] as [Int16], [2]), tensor([-1, 0] as [Int16], [2])],
            gives: [tensor([true, false] as [Bool], [2])]),
        NodeCase(
            "Where of uint16", "Where", opset: 16,
            [
                tensor([true, false] as [Bool], [2]), tensor([.max, 1] as [UInt16], [2]),
                tensor([2, 40_000] as [UInt16], [2]),
            ], gives: [tensor([.max, 40_000] as [UInt16], [2])]),
    ]

    static let movement: [NodeCase] = [
        NodeCase(
            "Cast of float32 to uint16", "Cast", opset: 13, ["to": .int(4)],
            [tensor([1.899999976158142, 300, 65535] as [Float], [3])], gives: [tensor([1, 300, .max] as [UInt16], [3])]),
        NodeCase(
            "Cast of uint64 to float32", "Cast", opset: 13, ["to": .int(1)],
            [tensor([9_223_372_586_610_589_697, 7] as [UInt64], [2])],
            gives: [tensor([9.223373136366404e+18, 7] as [Float], [2])]),
        NodeCase(
            "Cast of int64 to uint32", "Cast", opset: 13, ["to": .int(12)],
            [tensor([-1, 1_099_511_627_781] as [Int64], [2])], gives: [tensor([.max, 5] as [UInt32], [2])]),
        NodeCase(
            "CastLike to int16", "CastLike", opset: 15,
            [tensor([-1, 40_000] as [Int64], [2]), tensor([0] as [Int16], [])],
            gives: [tensor([-1, -25_536] as [Int16], [2])]),
        NodeCase(
            "Gather of uint16", "Gather", opset: 13,
            [tensor([1, .max, 3, 4, 5, 6] as [UInt16], [3, 2]), tensor([2, 0] as [Int64], [2])],
            gives: [tensor([5, 6, 1, .max] as [UInt16], [2, 2])]),
        NodeCase(
            "Concat of uint64", "Concat", opset: 13, ["axis": .int(0)],
            [tensor([.max] as [UInt64], [1]), tensor([1, 2] as [UInt64], [2])],
            gives: [tensor([.max, 1, 2] as [UInt64], [3])]),
        NodeCase(
            "Slice of int16", "Slice", opset: 13,
            [
                tensor([-300, 1, 2, 300] as [Int16], [4]), tensor([3] as [Int64], [1]), tensor([0] as [Int64], [1]),
                tensor([0] as [Int64], [1]), tensor([-2] as [Int64], [1]),
            ], gives: [tensor([300, 1] as [Int16], [2])]),
        NodeCase(
            "Pad of uint64", "Pad", opset: 13,
            [tensor([1, 2] as [UInt64], [2]), tensor([1, 1] as [Int64], [2]), tensor([.max] as [UInt64], [])],
            gives: [tensor([.max, 1, 2, .max] as [UInt64], [4])]),
        NodeCase(
            "Transpose of uint32", "Transpose", opset: 13, [tensor([1, 2, 3, 4, 5, .max] as [UInt32], [2, 3])],
            gives: [tensor([1, 4, 2, 5, 3, .max] as [UInt32], [3, 2])]),
        NodeCase(
            "Reshape of int16", "Reshape", opset: 13,
            [tensor([1, -2, 3, -4] as [Int16], [2, 2]), tensor([4] as [Int64], [1])],
            gives: [tensor([1, -2, 3, -4] as [Int16], [4])]),
        NodeCase(
            "Identity of uint16", "Identity", opset: 13, [tensor([.max, 7] as [UInt16], [2])],
            gives: [tensor([.max, 7] as [UInt16], [2])]),
        NodeCase(
            "Tile of uint32", "Tile", opset: 13, [tensor([1 << 31, 7] as [UInt32], [2]), tensor([2] as [Int64], [1])],
            gives: [tensor([1 << 31, 7, 1 << 31, 7] as [UInt32], [4])]),
        NodeCase(
            "Expand of uint64", "Expand", opset: 13, [tensor([1 << 63] as [UInt64], [1]), tensor([3] as [Int64], [1])],
            gives: [tensor([1 << 63, 1 << 63, 1 << 63] as [UInt64], [3])]),
        NodeCase(
            "Range of int16", "Range", opset: 11,
            [tensor([-3] as [Int16], []), tensor([9] as [Int16], []), tensor([4] as [Int16], [])],
            gives: [tensor([-3, 1, 5] as [Int16], [3])]),
        NodeCase(
            "ConstantOfShape of uint64", "ConstantOfShape", opset: 9,
            ["value": .tensor(tensor([.max] as [UInt64], [1]))], [tensor([2] as [Int64], [1])],
            gives: [tensor([.max, .max] as [UInt64], [2])]),
        NodeCase(
            "EyeLike of uint32", "EyeLike", opset: 9, ["dtype": .int(12)], [tensor([0, 0, 0, 0] as [Float], [2, 2])],
            gives: [tensor([1, 0, 0, 1] as [UInt32], [2, 2])]),
        NodeCase(
            "OneHot of uint64 beyond int64", "OneHot", opset: 11,
            [tensor([1, .max, 2] as [UInt64], [3]), tensor([2] as [UInt16], []), tensor([-5, 300] as [Int16], [2])],
            gives: [tensor([-5, 300, -5, -5, -5, -5] as [Int16], [3, 2])]),
        NodeCase(
            "Unique of uint64", "Unique", opset: 11, [tensor([.max, 1, 1 << 63, 1] as [UInt64], [4])],
            gives: [
                tensor([1, 1 << 63, .max] as [UInt64], [3]), tensor([1, 2, 0] as [Int64], [3]),
                tensor([2, 0, 1, 0] as [Int64], [4]), tensor([2, 1, 1] as [Int64], [3]),
            ]),
        NodeCase(
            "ScatterElements adds uint16", "ScatterElements", opset: 18, ["reduction": .string("add")],
            [
                tensor([.max, 7] as [UInt16], [2]), tensor([0, 1, 0] as [Int64], [3]),
                tensor([2, 1, 3] as [UInt16], [3]),
            ], gives: [tensor([4, 8] as [UInt16], [2])]),
        NodeCase(
            "ScatterND takes the largest uint64", "ScatterND", opset: 18, ["reduction": .string("max")],
            [
                tensor([1, 1 << 63] as [UInt64], [2]), tensor([0, 1] as [Int64], [2, 1]),
                tensor([.max, 5] as [UInt64], [2]),
            ], gives: [tensor([.max, 1 << 63] as [UInt64], [2])]),
        NodeCase(
            "Compress of int16", "Compress", opset: 11,
            [tensor([-300, 1, 300] as [Int16], [3]), tensor([true, false, true] as [Bool], [3])],
            gives: [tensor([-300, 300] as [Int16], [2])]),
        NodeCase(
            "NonZero of uint64", "NonZero", opset: 13, [tensor([0, 1 << 63, 7] as [UInt64], [3])],
            gives: [tensor([1, 2] as [Int64], [1, 2])]),
        NodeCase(
            "HannWindow of uint16", "HannWindow", opset: 17, ["output_datatype": .int(4)], [tensor([4] as [Int64], [])],
            gives: [tensor([0, 0, 1, 0] as [UInt16], [4])]),
    ]

    static let reductions: [NodeCase] = [
        NodeCase(
            "ReduceMax of uint64", "ReduceMax", opset: 13, ["axes": .ints([0])],
            [tensor([1 << 63, 7, 9_223_372_036_854_775_807] as [UInt64], [3])],
            gives: [tensor([1 << 63] as [UInt64], [1])]),
        NodeCase(
            "ReduceMin of uint64", "ReduceMin", opset: 13, ["axes": .ints([0]), "keepdims": .int(0)],
            [tensor([1 << 63, 7, .max] as [UInt64], [3])], gives: [tensor([7] as [UInt64], [])]),
        NodeCase(
            "ReduceSum of uint32 wraps", "ReduceSum", opset: 13,
            [tensor([1 << 31, 1 << 31, 5] as [UInt32], [3]), tensor([0] as [Int64], [1])],
            gives: [tensor([5] as [UInt32], [1])]),
        NodeCase(
            "ReduceMean of uint64", "ReduceMean", opset: 13, ["axes": .ints([0])],
            [tensor([1 << 63, 4096] as [UInt64], [2])], gives: [tensor([4_611_686_018_427_389_952] as [UInt64], [1])]),
        NodeCase(
            "ReduceProd of int16 wraps", "ReduceProd", opset: 13, ["axes": .ints([0])],
            [tensor([-300, 300] as [Int16], [2])], gives: [tensor([-24_464] as [Int16], [1])]),
        NodeCase(
            "CumSum of uint64 wraps", "CumSum", opset: 14,
            [tensor([1 << 63, 1 << 63, 5] as [UInt64], [3]), tensor([0] as [Int64], [])],
            gives: [tensor([1 << 63, 0, 5] as [UInt64], [3])]),
        NodeCase(
            "CumSum of uint32 from the end", "CumSum", opset: 14, ["reverse": .int(1)],
            [tensor([1 << 31, 1 << 31, 5] as [UInt32], [3]), tensor([0] as [Int64], [])],
            gives: [tensor([5, 2_147_483_653, 5] as [UInt32], [3])]),
        NodeCase(
            "ArgMax of uint64", "ArgMax", opset: 13, ["axis": .int(0)],
            [tensor([7, 1 << 63, 9_223_372_036_854_775_807] as [UInt64], [3])], gives: [tensor([1] as [Int64], [1])]),
        NodeCase(
            "TopK of int16", "TopK", opset: 11, [tensor([-300, 300, 7] as [Int16], [3]), tensor([2] as [Int64], [1])],
            gives: [tensor([300, 7] as [Int16], [2]), tensor([1, 2] as [Int64], [2])]),
        NodeCase(
            "TopK of the smallest uint64", "TopK", opset: 11, ["largest": .int(0)],
            [tensor([.max, 1 << 63, 7] as [UInt64], [3]), tensor([2] as [Int64], [1])],
            gives: [tensor([7, 1 << 63] as [UInt64], [2]), tensor([2, 1] as [Int64], [2])]),
        NodeCase(
            "Einsum of uint16", "Einsum", opset: 12, ["equation": .string("i,i->")],
            [tensor([256, 3] as [UInt16], [2]), tensor([256, 7] as [UInt16], [2])],
            gives: [tensor([21] as [UInt16], [])]),
    ]

    @Test("give what ONNX's reference gives", arguments: arithmetic + comparisons + movement + reductions)
    func givesWhatItShould(item: NodeCase) throws { try item.check() }

    private static let short = tensor([1, 2] as [Int16], [2])
    private static let unsigned = tensor([1, 2] as [UInt32], [2])

    /// Nodes that must be refused, or end with an error when they run.
    static let refused: [(item: NodeCase, code: DeeperError.Code)] = [
        (
            NodeCase(
                "Div of uint64 by zero", "Div", opset: 14,
                [tensor([1] as [UInt64], [1]), tensor([0] as [UInt64], [1])],
                gives: [short]), .invalidInput
        ),
        (
            NodeCase(
                "Mod of int16 by zero", "Mod", opset: 13, [short, tensor([0] as [Int16], [1])], gives: [short]),
            .invalidInput
        ),
        (NodeCase("Add of two types", "Add", opset: 14, [short, unsigned], gives: [short]), .invalidModel),
        (NodeCase("Relu of int16", "Relu", opset: 14, [short], gives: [short]), .unsupported),
        (NodeCase("CumSum of int16", "CumSum", opset: 14, [short, integers(0)], gives: [short]), .unsupported),
        (
            NodeCase(
                "MaxPool of uint32", "MaxPool", opset: 12, ["kernel_shape": .ints([1])],
                [tensor([1, 2] as [UInt32], [1, 1, 2])], gives: [unsigned]), .unsupported
        ),
        (NodeCase("Gather by uint32", "Gather", opset: 13, [short, unsigned], gives: [short]), .unsupported),
        (
            NodeCase(
                "Reshape to an extent beyond int64", "Reshape", opset: 13, [short, tensor([.max] as [UInt64], [1])],
                gives: [short]), .invalidInput
        ),
        (
            NodeCase(
                "Range of uint16", "Range", opset: 11,
                [tensor([0] as [UInt16], []), tensor([3] as [UInt16], []), tensor([1] as [UInt16], [])],
                gives: [short]), .unsupported
        ),
    ]

    @Test("are refused where they are wrong, or not computed with", arguments: refused.indices)
    func isRefused(index: Int) throws {
        let (item, code) = IntegerTypeTests.refused[index]
        #expect(try item.refusal() == code, "\(item.name)")
    }
}
