import DeeperGraphs
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

/// A pooling over random axes, and ONNX's definition of it carried out literally.
private struct Geometry: CustomStringConvertible {
    var input: [Int]
    var kernel: [Int]
    var strides: [Int]
    var dilations: [Int]
    /// Padding before and after each axis; used only with NOTSET.
    var pads: [(before: Int, after: Int)]
    var autoPad: String
    var ceilMode: Bool

    static func random(_ generator: inout SeededGenerator) -> Geometry {
        let rank = Int.random(in: 1...3, using: &generator)
        func each(_ range: ClosedRange<Int>) -> [Int] {
            (0..<rank).map { _ in Int.random(in: range, using: &generator) }
        }
        let kernel = each(1...3)
        let dilations = each(1...2)
        return Geometry(
            input: each(1...(rank == 3 ? 6 : 9)), kernel: kernel, strides: each(1...4), dilations: dilations,
            pads: zip(kernel, dilations).map { kernel, dilation in
                let most = (kernel - 1) * dilation
                return (Int.random(in: 0...most, using: &generator), Int.random(in: 0...most, using: &generator))
            },
            autoPad: ["NOTSET", "NOTSET", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"].randomElement(
                using: &generator)!,
            ceilMode: Bool.random(using: &generator))
    }

    var description: String {
        "input \(input), kernel \(kernel), strides \(strides), dilations \(dilations), pads \(pads), \(autoPad)"
            + (ceilMode ? ", ceil" : "")
    }

    var attributes: [String: AttributeValue] {
        var result: [String: AttributeValue] = [
            "kernel_shape": .ints(kernel), "strides": .ints(strides), "dilations": .ints(dilations),
            "auto_pad": .string(autoPad), "ceil_mode": .int(ceilMode ? 1 : 0),
        ]
        if autoPad == "NOTSET" { result["pads"] = .ints(pads.map(\.before) + pads.map(\.after)) }
        return result
    }

    /// Padding of one axis and where its windows start, or nil if no window fits.
    func windows(_ axis: Int) -> (before: Int, after: Int, starts: [Int])? {
        let reach = (kernel[axis] - 1) * dilations[axis] + 1
        func starts(_ length: Int) -> [Int] {
            Array(stride(from: 0, to: length, by: strides[axis]).prefix { $0 + reach <= length })
        }
        switch autoPad {
        case "SAME_UPPER", "SAME_LOWER":
            // The least padding for one window for each stride begun.
            let count = stride(from: 0, to: input[axis], by: strides[axis]).map { $0 }.count
            var padding = 0
            while starts(input[axis] + padding).count < count { padding += 1 }
            let small = padding / 2
            let before = autoPad == "SAME_UPPER" ? small : padding - small
            return (before, padding - before, starts(input[axis] + padding))
        default:
            let (before, after) = autoPad == "VALID" ? (0, 0) : pads[axis]
            let length = input[axis] + before + after
            // Rounded up, a window that hangs over by less than a stride stands alone.
            guard reach <= length || ceilMode && reach < length + strides[axis] else { return nil }
            guard reach <= length else { return (before, after, [0]) }
            var result = starts(length)
            let next = (result.last ?? 0) + strides[axis]
            let isCovered = (result.last ?? 0) + reach >= length
            // One more window for the remaining elements, unless it would start in the padding after them.
            if ceilMode, !isCovered, next < before + input[axis] { result.append(next) }
            return (before, after, result)
        }
    }

    /// Maximum, mean of what lies inside, and mean with padding, of every window; NaN where nothing lies inside.
    func pool(_ values: [Float]) -> (extents: [Int], maximum: [Float], inside: [Float], padded: [Float])? {
        let axes = input.indices.compactMap(windows)
        guard axes.count == input.count else { return nil }
        let extents = axes.map(\.starts.count)
        var maximum: [Float] = []
        var inside: [Float] = []
        var padded: [Float] = []
        for position in Geometry.positions(extents) {
            var held: [Float] = []
            var count = 0
            for tap in Geometry.positions(kernel) {
                let place = input.indices.map {
                    axes[$0].starts[position[$0]] + tap[$0] * dilations[$0] - axes[$0].before
                }
                if input.indices.allSatisfy({ place[$0] < input[$0] + axes[$0].after }) { count += 1 }
                guard input.indices.allSatisfy({ (0..<input[$0]).contains(place[$0]) }) else { continue }
                held.append(values[zip(place, input).reduce(0) { $0 * $1.1 + $1.0 }])
            }
            let sum = held.reduce(0, +)
            maximum.append(held.max() ?? .nan)
            inside.append(held.isEmpty ? .nan : sum / Float(held.count))
            padded.append(held.isEmpty ? .nan : sum / Float(count))
        }
        return (extents, maximum, inside, padded)
    }

    private static func positions(_ extents: [Int]) -> [[Int]] {
        extents.reduce([[]]) { heads, extent in heads.flatMap { head in (0..<extent).map { head + [$0] } } }
    }
}

@Suite("the arithmetic of windows") struct WindowAttributesTests {
    private static func pool(
        _ name: String, _ attributes: [String: AttributeValue], _ input: Tensor
    ) throws -> Tensor {
        let item = NodeCase(name, name, opset: 20, attributes, [input], gives: [input])
        let node = try item.graph().nodes[0]
        let type = TensorType(.float32, input.shape)
        let types = try node.operation.infer(NodeInputs(types: [type], values: [nil]))
        return try Evaluator(.plain()).evaluate(node, [input], outputs: [types[0]])[0]
    }

    @Test("agrees with the definition on random geometries") func agreesWithTheDefinition() throws {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<(TestTier.runsHeavyTests ? 3000 : 150) {
            let geometry = Geometry.random(&generator)
            let shape = Shape([1, 1] + geometry.input)
            let values = generator.wholeFloats(shape.elementCount)
            let input = floats(values, shape)
            guard let expected = geometry.pool(values) else {
                let code = try errorCode { _ = try WindowAttributesTests.pool("MaxPool", geometry.attributes, input) }
                #expect(code == .invalidModel, "\(geometry)")
                continue
            }
            var attributes = geometry.attributes
            let maximum = try WindowAttributesTests.pool("MaxPool", attributes, input)
            let inside = try WindowAttributesTests.pool("AveragePool", attributes, input)
            attributes["count_include_pad"] = .int(1)
            let padded = try WindowAttributesTests.pool("AveragePool", attributes, input)
            for (actual, values) in [(maximum, expected.maximum), (inside, expected.inside), (padded, expected.padded)]
            {
                #expect(actual.shape.dimensions == [1, 1] + expected.extents, "\(geometry)")
                let isClose = try zip(actual.doubles(), values).allSatisfy { $1.isNaN || abs($0 - Double($1)) <= 1e-5 }
                #expect(isClose, "\(geometry)")
            }
        }
    }

    @Test("Conv has the extents of a pooling that rounds down") func convolutionAgrees() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            var geometry = Geometry.random(&generator)
            geometry.ceilMode = false
            var attributes = geometry.attributes
            attributes["ceil_mode"] = nil
            let conv = try OperatorCatalog.make(
                "Conv", node: "conv", opset: 20, attributes: attributes, inputCount: 2, outputCount: 1)
            let types = [[1, 2] + geometry.input, [3, 2] + geometry.kernel].map { TensorType(.float32, Shape($0)) }
            let windows = geometry.input.indices.compactMap(geometry.windows)
            guard windows.count == geometry.input.count else { continue }
            let output = try conv.infer(NodeInputs(types: types, values: [nil, nil]))
            #expect(output.map(\.shape.dimensions) == [[1, 3] + windows.map(\.starts.count)], "\(geometry)")
        }
    }

    @Test("the last window of ceil mode") func lastWindow() throws {
        // 5 elements in threes at stride 2 fit exactly; in twos at stride 2 a window hangs over.
        func extent(_ input: Int, _ kernel: Int, _ stride: Int, _ pads: [Int], ceil: Int) throws -> Int {
            let attributes: [String: AttributeValue] = [
                "kernel_shape": .ints([kernel]), "strides": .ints([stride]), "pads": .ints(pads),
                "ceil_mode": .int(ceil),
            ]
            return try WindowAttributesTests.pool(
                "MaxPool", attributes, floats(Array(repeating: 1, count: input), [1, 1, input])
            ).shape[2]
        }
        #expect(try extent(5, 3, 2, [0, 0], ceil: 1) == 2)
        #expect(try extent(5, 2, 2, [0, 0], ceil: 0) == 2)
        #expect(try extent(5, 2, 2, [0, 0], ceil: 1) == 3)
        #expect(try extent(112, 3, 2, [0, 0], ceil: 1) == 56)
        // It would start in the padding after the picture.
        #expect(try extent(2, 2, 3, [1, 1], ceil: 1) == 1)
        #expect(try extent(4, 3, 5, [1, 1], ceil: 1) == 1)
    }

    private static let huge = Int(Int32.max)

    static let refused: [(what: String, attributes: [String: AttributeValue], code: DeeperError.Code)] = [
        ("no kernel", [:], .invalidModel),
        ("a kernel larger than the picture", ["kernel_shape": .ints([5, 1])], .invalidModel),
        (
            "a dilated kernel larger than the picture", ["kernel_shape": .ints([3, 1]), "dilations": .ints([2, 1])],
            .invalidModel
        ),
        ("a kernel of 0", ["kernel_shape": .ints([0, 1])], .invalidModel),
        ("too few kernel extents", ["kernel_shape": .ints([2])], .invalidModel),
        ("stride 0", ["kernel_shape": .ints([2, 2]), "strides": .ints([0, 1])], .invalidModel),
        ("a negative stride", ["kernel_shape": .ints([2, 2]), "strides": .ints([1, -1])], .invalidModel),
        ("too many strides", ["kernel_shape": .ints([2, 2]), "strides": .ints([1, 1, 1])], .invalidModel),
        ("dilation 0", ["kernel_shape": .ints([2, 2]), "dilations": .ints([1, 0])], .invalidModel),
        ("a negative pad", ["kernel_shape": .ints([2, 2]), "pads": .ints([0, 0, -1, 0])], .invalidModel),
        ("pads of one side", ["kernel_shape": .ints([2, 2]), "pads": .ints([1, 1])], .invalidModel),
        ("a pad that overflows", ["kernel_shape": .ints([2, 2]), "pads": .ints([.max, 0, .max, 0])], .invalidModel),
        ("a pad of 2^31", ["kernel_shape": .ints([2, 2]), "pads": .ints([0, 0, 0, huge + 1])], .invalidModel),
        ("a kernel that overflows", ["kernel_shape": .ints([.max, 1])], .invalidModel),
        ("a reach that overflows", ["kernel_shape": .ints([huge, 1]), "dilations": .ints([huge, 1])], .invalidModel),
        (
            "an output that cannot be addressed",
            ["kernel_shape": .ints([1, 1]), "pads": .ints([huge, huge, huge, huge])], .limitExceeded
        ),
        ("an unknown padding", ["kernel_shape": .ints([2, 2]), "auto_pad": .string("SAME")], .invalidModel),
    ]

    @Test("rounded up, one window that hangs over covers an input smaller than itself") func hangsOver() throws {
        func extent(_ input: Int, _ kernel: Int, _ stride: Int, ceil: Int) throws -> Int? {
            let attributes: [String: AttributeValue] = [
                "kernel_shape": .ints([kernel]), "strides": .ints([stride]), "ceil_mode": .int(ceil),
            ]
            let pool = try OperatorCatalog.make(
                "MaxPool", node: "pool", opset: 20, attributes: attributes, inputCount: 1, outputCount: 1)
            return try? pool.infer(NodeInputs(types: [TensorType(.float32, [1, 1, input])], values: [nil]))[0].shape[2]
        }
        // Caffe and PyTorch: ceil((input - kernel) / stride) + 1, and nothing where that is 0.
        #expect(try extent(2, 3, 2, ceil: 1) == 1)
        #expect(try extent(1, 2, 2, ceil: 1) == 1)
        #expect(try extent(1, 3, 2, ceil: 1) == nil)
        #expect(try extent(2, 3, 1, ceil: 1) == nil)
        #expect(try extent(2, 3, 2, ceil: 0) == nil)
        #expect(try extent(0, 1, 2, ceil: 1) == nil)
    }

    @Test("refuses", arguments: refused.indices) func refuses(index: Int) throws {
        let (what, attributes, code) = WindowAttributesTests.refused[index]
        for name in ["MaxPool", "AveragePool"] {
            let found = try errorCode {
                let pool = try OperatorCatalog.make(
                    name, node: "pool", opset: 20, attributes: attributes, inputCount: 1, outputCount: 1)
                _ = try pool.infer(NodeInputs(types: [TensorType(.float32, [1, 1, 4, 4])], values: [nil]))
            }
            #expect(found == code, "\(name): \(what)")
        }
    }

    @Test("refuses more than three spatial axes and none") func refusesOtherRanks() throws {
        let pool = try OperatorCatalog.make(
            "MaxPool", node: "pool", opset: 20, attributes: ["kernel_shape": .ints([1, 1, 1, 1])], inputCount: 1,
            outputCount: 1)
        func code(_ shape: Shape) throws -> DeeperError.Code? {
            try errorCode { _ = try pool.infer(NodeInputs(types: [TensorType(.float32, shape)], values: [nil])) }
        }
        #expect(try code([1, 1, 2, 2, 2, 2]) == .unsupported)
        #expect(try code([1, 1]) == .invalidModel)
    }
}
