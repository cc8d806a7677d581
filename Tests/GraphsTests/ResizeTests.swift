import DeeperGraphs
import DeeperTensors
import Testing

/// Extents and positions of Resize where engines have differed. Expected numbers: ONNX Runtime 1.32 and OpenVINO 2026.4
/// agree on them, except for ratios of two extents, which are exact as in PyTorch.
@Suite("Resize") struct ResizeTests {
    private static let ramp = (0..<28).map(Float.init)

    private static func resized(
        _ name: String, _ extent: Int, scale: Float? = nil, size: Int? = nil, _ attributes: [String: AttributeValue],
        gives: [Float]
    ) -> NodeCase {
        let x = floats(Array(ramp[..<extent]), [1, 1, 1, extent])
        var inputs: [Tensor?] = [x, nil]
        inputs.append(scale.map { floats([1, 1, 1, $0], [4]) })
        if let size { inputs.append(integers(1, 1, 1, size)) }
        return NodeCase(
            name, "Resize", opset: 19, attributes, inputs, gives: [floats(gives, [1, 1, 1, gives.count])])
    }

    private static func nearest(_ coordinates: String, _ rounding: String = "floor") -> [String: AttributeValue] {
        ["coordinate_transformation_mode": .string(coordinates), "nearest_mode": .string(rounding)]
    }

    private static func linear(_ coordinates: String) -> [String: AttributeValue] {
        ["mode": .string("linear"), "coordinate_transformation_mode": .string(coordinates)]
    }

    static let cases: [NodeCase] = [
        // 10 times float32's 0.7 is 6.9999998, which float32 rounds to 7.
        resized("ten by 0.7", 10, scale: 0.7, nearest("asymmetric"), gives: [0, 1, 2, 4, 5, 7, 8]),
        resized(
            "ten by 1.4", 10, scale: 1.4, nearest("asymmetric"), gives: [0, 0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 7, 8, 9]),
        resized(
            "14 to 18", 14, size: 18, nearest("asymmetric"),
            gives: [0, 0, 1, 2, 3, 3, 4, 5, 6, 7, 7, 8, 9, 10, 10, 11, 12, 13]),
        resized("14 to 2 from exact halves", 14, size: 2, nearest("asymmetric"), gives: [0, 7]),
        resized("7 to 1 from its middle", 7, size: 1, nearest("half_pixel"), gives: [3]),
        resized("half a pixel up", 2, size: 4, nearest("half_pixel", "round_prefer_ceil"), gives: [0, 0, 1, 1]),
        resized("align_corners by 0.6", 10, scale: 0.6, nearest("align_corners"), gives: [0, 1, 3, 5, 7, 9]),
        resized("align_corners by 2.5", 2, scale: 2.5, linear("align_corners"), gives: [0, 0.25, 0.5, 0.75, 1]),
        resized("pytorch_half_pixel to one pixel", 4, scale: 0.3, linear("pytorch_half_pixel"), gives: [0]),
        resized("a factor that keeps the extent", 3, scale: 1.25, linear("half_pixel"), gives: [0, 1, 2]),
        NodeCase(
            "an empty batch", "Resize", opset: 19, linear("half_pixel"),
            [floats([], [0, 1, 2, 2]), nil, nil, integers(0, 1, 4, 4)], gives: [floats([], [0, 1, 4, 4])]),
        NodeCase(
            "an empty batch by a factor", "Resize", opset: 19, nearest("asymmetric"),
            [floats([], [0, 1, 2, 2]), nil, floats([1, 1, 2, 2], [4])], gives: [floats([], [0, 1, 4, 4])]),
        NodeCase(
            "the larger ratio for not_smaller", "Resize", opset: 19,
            nearest("asymmetric").merging(
                ["keep_aspect_ratio_policy": .string("not_smaller"), "axes": .ints([2, 3])]) { $1 },
            [floats([0, 1, 2, 3], [1, 1, 2, 2]), nil, nil, integers(4, 3)],
            gives: [floats([0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3], [1, 1, 4, 4])]),
        NodeCase(
            "Upsample-9 by 1.4", "Upsample", opset: 9, [floats(Array(ramp[..<5]), [1, 5]), floats([1, 1.4], [2])],
            gives: [floats([0, 0, 1, 2, 2, 3, 4], [1, 7])]),
        NodeCase(
            "Upsample-9 of nothing", "Upsample", opset: 9, [floats([], [0, 5]), floats([1, 2], [2])],
            gives: [floats([], [0, 10])]),
    ]

    @Test(arguments: cases) func gives(_ item: NodeCase) throws { try item.check() }

    @Test("refuses to enlarge empty inputs, and invalid factors") func refuses() throws {
        for inputs: [Tensor?] in [
            [floats([], [0, 1, 2, 2]), nil, nil, integers(1, 1, 4, 4)],
            [floats([1], [1]), nil, floats([-1], [1])], [floats([1], [1]), nil, floats([.nan], [1])],
            [floats([1], [1]), nil, floats([.infinity], [1])], [floats([1], [1]), nil, nil, integers(-1)],
        ] {
            let item = NodeCase("refused", "Resize", opset: 19, inputs, gives: [floats([], [0])])
            #expect(try item.refusal() == .invalidModel, "\(inputs)")
        }
    }
}
