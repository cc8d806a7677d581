import Deeper
import DeeperGraphs
import DeeperTensors
import Foundation
import Testing

/// Forms of operators in old opsets, and of newer ones, that must be refused.
@Suite("wrong forms of operators") struct LegacyRefusalTests {
    private static let x = floats([1, 2, 3, 4, 5, 6], [2, 3])

    /// Nodes that must be refused.
    static let refused: [(item: NodeCase, code: DeeperError.Code)] = [
        (
            NodeCase("Add-6 without broadcast", "Add", opset: 6, [x, floats([1, 2, 3], [3])], gives: [x]), .invalidModel
        ),
        (
            NodeCase(
                "Add-6, an axis that does not fit", "Add", opset: 6, ["broadcast": .int(1), "axis": .int(1)],
                [x, floats([1, 2], [2])], gives: [x]), .invalidModel
        ),
        (
            NodeCase(
                "Add-6, B longer than A", "Add", opset: 6, ["broadcast": .int(1), "axis": .int(1)], [x, x], gives: [x]),
            .invalidModel
        ),
        (
            NodeCase(
                "Add-7 has no axis", "Add", opset: 7, ["broadcast": .int(1), "axis": .int(0)],
                [x, floats([1, 2], [2])], gives: [x]), .invalidModel
        ),
        (NodeCase("Clip-11 has no min", "Clip", opset: 11, ["min": .float(0)], [x], gives: [x]), .invalidModel),
        (NodeCase("Dropout-6 trains by default", "Dropout", opset: 6, [x], gives: [x]), .unsupported),
        (
            NodeCase("Dropout-6 with is_test 0", "Dropout", opset: 6, ["is_test": .int(0)], [x], gives: [x]),
            .unsupported
        ),
        (
            NodeCase(
                "BatchNormalization-6 trains by default", "BatchNormalization", opset: 6, LegacyFormTests.normInputs,
                gives: [x]),
            .unsupported
        ),
        (
            NodeCase(
                "BatchNormalization-7 with spatial 0", "BatchNormalization", opset: 7, ["spatial": .int(0)],
                LegacyFormTests.normInputs, gives: [x]), .unsupported
        ),
        (
            NodeCase(
                "BatchNormalization-9 with spatial 0", "BatchNormalization", opset: 9, ["spatial": .int(0)],
                LegacyFormTests.normInputs, gives: [x]), .unsupported
        ),
        (
            NodeCase("Dropout-13 with is_test 0", "Dropout", opset: 13, ["is_test": .int(0)], [x], gives: [x]),
            .unsupported
        ),
        (
            NodeCase(
                "GlobalMaxPool with another window than all", "GlobalMaxPool", opset: 13,
                ["kernel_shape": .ints([2])], [floats([1, 2, 3], [1, 1, 3])], gives: [floats([3], [1, 1, 1])]),
            .invalidModel
        ),
        (
            NodeCase(
                "GlobalAveragePool with pads", "GlobalAveragePool", opset: 13, ["pads": .ints([1, 0])],
                [floats([1, 2, 3], [1, 1, 3])], gives: [floats([2], [1, 1, 1])]), .invalidModel
        ),
        (
            NodeCase(
                "BatchNormalization-14 with running averages", "BatchNormalization", opset: 14,
                ["training_mode": .int(1)], LegacyFormTests.normInputs, gives: [x, x, x]), .unsupported
        ),
        (NodeCase("Squeeze of extent 3", "Squeeze", opset: 6, ["axes": .ints([1])], [x], gives: [x]), .invalidModel),
        (
            NodeCase("Squeeze-13 has no axes", "Squeeze", opset: 13, ["axes": .ints([0])], [x], gives: [x]),
            .invalidModel
        ),
        (NodeCase("Unsqueeze-1 without axes", "Unsqueeze", opset: 6, [x], gives: [x]), .invalidModel),
        (
            NodeCase("ReduceSum-13 has no axes", "ReduceSum", opset: 13, ["axes": .ints([0])], [x], gives: [x]),
            .invalidModel
        ),
        (NodeCase("Slice-1 without ends", "Slice", opset: 9, ["starts": .ints([0])], [x], gives: [x]), .invalidModel),
        (
            NodeCase(
                "Slice-10 has no starts", "Slice", opset: 10, ["starts": .ints([0]), "ends": .ints([1])], [x],
                gives: [x]),
            .invalidModel
        ),
        (
            NodeCase("Pad-2 with too few pads", "Pad", opset: 6, ["pads": .ints([0, 1])], [x], gives: [x]),
            .invalidModel
        ),
        (NodeCase("Pad-2 without pads", "Pad", opset: 6, [x], gives: [x]), .invalidModel),
        (NodeCase("TopK-1 without k", "TopK", opset: 9, [x], gives: [x, x]), .invalidModel),
        (NodeCase("TopK-1 beyond the axis", "TopK", opset: 9, ["k": .int(4)], [x], gives: [x, x]), .invalidModel),
        (
            NodeCase(
                "Split-2, parts of another sum", "Split", opset: 6, ["split": .ints([1, 2])], [x], gives: [x, x]),
            .invalidModel
        ),
        (NodeCase("Upsample-7 without scales", "Upsample", opset: 7, [x], gives: [x]), .invalidModel),
        (
            NodeCase("Upsample-7 by 0", "Upsample", opset: 7, ["scales": .floats([0, 1])], [x], gives: [x]),
            .invalidModel
        ),
    ]

    @Test("are refused where they are wrong", arguments: refused.indices) func isRefused(index: Int) throws {
        let (item, code) = LegacyRefusalTests.refused[index]
        #expect(try item.refusal() == code, "\(item.name)")
    }
}
