import Deeper
import DeeperGraphs
import DeeperImport
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@Suite("quantised operators") struct QuantizedOperatorTests {
    @Test(
        "answer as ONNX Runtime does, on every instruction set, raw and optimised",
        .enabled(if: PythonReference.has(module: "onnxruntime"), "\(PythonReference.absence)"))
    func agree() throws {
        try withTemporaryFolder { folder in
            #expect(try PythonReference.run(script: "quantized_cases.py", [folder]) == 0)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names.count >= 170)
            for name in names {
                let item = try BackendCase(folder: "\(folder)/\(name)", named: name)
                var answers: [String: Tensor]?
                for set in InstructionSet.available {
                    for optimizes in [false, true] {
                        let options = EngineOptions(
                            threads: 2, instructionSet: set, optimizesGraph: optimizes, setsBLASThreads: true)
                        let results = try locating(name) { try item.answers(options) }
                        let place = "\(name), \(set.rawValue), \(optimizes ? "optimised" : "raw")"
                        for (output, expected) in try item.expected() {
                            let actual = try #require(results[output])
                            #expect(try isWithinOneStep(actual, expected), "\(place)")
                        }
                        // Sums are exact: whatever multiplies, the bits are the same.
                        for (output, tensor) in answers ?? results {
                            #expect(try tensor.isIdentical(to: try #require(results[output])), "\(place)")
                        }
                        answers = results
                    }
                }
            }
        }
    }

    /// Whether all elements differ by one at most, and hardly any do: two engines may round a tie of their own rounding
    /// errors to different sides.
    private func isWithinOneStep(_ actual: Tensor, _ expected: Tensor) throws -> Bool {
        guard actual.elementType == expected.elementType, actual.shape == expected.shape else { return false }
        guard actual.elementType.isInteger else {
            return try zip(actual.doubles(), expected.doubles()).allSatisfy {
                $0 == $1 || abs($0 - $1) <= 1e-6 * abs($1)
            }
        }
        let steps = try zip(actual.integers(), expected.integers()).map { abs($0 - $1) }
        guard actual.elementType != .int32 else { return steps.allSatisfy { $0 == 0 } }
        return steps.allSatisfy { $0 <= 1 } && 100 * steps.reduce(0, +) <= steps.count
    }

    @Test("the check of two answers can fail") func theCheckCanFail() throws {
        let expected = try Tensor([UInt8](repeating: 7, count: 200), shape: [200])
        func changed(_ count: Int, by step: UInt8) throws -> Tensor {
            try Tensor((0..<200).map { UInt8(7) + ($0 < count ? step : 0) }, shape: [200])
        }
        #expect(try isWithinOneStep(expected, expected))
        #expect(try isWithinOneStep(changed(2, by: 1), expected))
        #expect(try !isWithinOneStep(changed(3, by: 1), expected))
        #expect(try !isWithinOneStep(changed(1, by: 2), expected))
    }

    // MARK: what is refused

    private static let x = tensor([UInt8](0..<16), [1, 4, 2, 2])
    private static let w = tensor([Int8](-4..<4), [2, 4, 1, 1])

    /// QLinearConv with one input exchanged.
    private func convolution(_ index: Int, _ other: Tensor?) -> NodeCase {
        func scalar(_ value: Float) -> Tensor { floats([value], []) }
        var inputs: [Tensor?] = [
            Self.x, scalar(0.5), tensor([UInt8(3)], []), Self.w, scalar(0.25), tensor([Int8(0)], []),
            scalar(2), tensor([UInt8(9)], []), tensor([Int32(1), 2], [2]),
        ]
        inputs[index] = other
        return NodeCase("QLinearConv", "QLinearConv", opset: 13, inputs, gives: [Self.x])
    }

    @Test("invalid scales are refused", arguments: [Float(0), -1, .nan, .infinity, -.infinity, -0.0])
    func hostileScales(scale: Float) throws {
        for index in [1, 4, 6] {
            #expect(try convolution(index, floats([scale], [])).refusal() == .invalidModel)
        }
        for (name, input) in [("QuantizeLinear", floats([1, 2], [2])), ("DequantizeLinear", Self.x)] {
            let item = NodeCase(name, name, opset: 13, [input, floats([scale], [])], gives: [Self.x])
            #expect(try item.refusal() == .invalidModel)
        }
    }

    @Test("a scale that turns out to be invalid during a run ends the run", arguments: [Float(0), -1, .nan, .infinity])
    func hostileComputedScales(scale: Float) throws {
        let item = NodeCase(
            "QuantizeLinear", "QuantizeLinear", opset: 13, [floats([1, 2], [2]), floats([scale], [])],
            gives: [Self.x])
        let engine = try Engine(Model(graph: try item.graph()), options: EngineOptions(setsBLASThreads: true))
        let code = try errorCode {
            _ = try engine.runBlocking([
                "input 0": floats([1, 2], [2]), "input 1": floats([scale], []),
            ])
        }
        #expect(code == .invalidInput)
    }

    @Test("a huge scale, and the smallest: held within the type") func extremeScales() throws {
        for scale in [Float.leastNormalMagnitude, .greatestFiniteMagnitude] {
            let expected: [UInt8] = scale > 1 ? [5, 5, 5] : [0, 5, 255]
            try NodeCase(
                "QuantizeLinear", "QuantizeLinear", opset: 13,
                [
                    floats([-1, 0, 1], [3]), floats([scale], []),
                    tensor([UInt8(5)], []),
                ], gives: [tensor(expected, [3])]
            ).check()
        }
    }

    @Test("attributes that would overflow or are no numbers") func hostileAttributes() throws {
        let blocks = NodeCase(
            "blocks", "QuantizeLinear", opset: 21, ["axis": .int(1), "block_size": .int(.max)],
            [floats([1, 2, 3, 4], [2, 2]), floats([1, 1], [2, 1])], gives: [Self.x])
        #expect(try blocks.refusal() == .invalidModel)
        let code = try errorCode {
            _ = try OperatorCatalog.make(
                "QLinearLeakyRelu", node: "node", domain: OperatorCatalog.runtimeDomain, opset: 1,
                attributes: ["alpha": .float(.nan)], inputCount: 5, outputCount: 1)
        }
        #expect(code == .invalidModel)
    }

    @Test("a maximum over a window that is far larger than the picture") func hugeWindow() throws {
        let extent = Int(Int32.max)
        try NodeCase(
            "MaxPool", "MaxPool", opset: 13,
            ["kernel_shape": .ints([extent, extent]), "pads": .ints([extent - 4, extent - 4, 2, 2])],
            [Self.x], gives: [tensor([3, 7, 11, 15] as [UInt8], [1, 4, 1, 1])]
        ).check()
    }

    @Test("zero points and biases of another type, and scales of another shape")
    func mismatches() throws {
        #expect(try convolution(2, tensor([Int8(3)], [])).refusal() == .invalidModel)
        #expect(try convolution(5, tensor([UInt8(3)], [])).refusal() == .invalidModel)
        #expect(try convolution(2, tensor([UInt8(3), 4], [2])).refusal() == .invalidModel)
        #expect(try convolution(4, floats([1, 1, 1], [3])).refusal() == .invalidModel)
        #expect(try convolution(8, tensor([Int32(1)], [1])).refusal() == .invalidModel)
        #expect(try convolution(8, floats([1, 2], [2])).refusal() == .invalidModel)
        let wide = floats([1, 1, 1], [3])
        for axis in [0, 1, 4, -5] {
            let item = NodeCase(
                "DequantizeLinear", "DequantizeLinear", opset: 13, ["axis": .int(axis)], [Self.x, wide],
                gives: [Self.x])
            #expect(try item.refusal() == .invalidModel)
        }
    }
}
