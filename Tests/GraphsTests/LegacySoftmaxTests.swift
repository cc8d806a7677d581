import Deeper
import DeeperGraphs
import DeeperTensors
import Foundation
import Testing

@Suite("Softmax of old opsets") struct LegacySoftmaxTests {
    @Test("Softmax-11 normalises all axes from its axis on", arguments: [0, 1, 2, -1, -2], [false, true])
    func flatteningSoftmax(axis: Int, isLogarithm: Bool) throws {
        let values: [Float] = [0, 1, 2, -1, 3, 0.5, 1, 1, 2, 2, -2, 0]
        let item = NodeCase(
            "Softmax-11", isLogarithm ? "LogSoftmax" : "Softmax", opset: 11, ["axis": .int(axis)],
            [floats(values, [2, 3, 2])], gives: [])
        let length = [12, 6, 2][axis < 0 ? axis + 3 : axis]
        var expected: [Double] = []
        for start in stride(from: 0, to: 12, by: length) {
            let part = values[start..<start + length].map(Double.init)
            let sum = part.map { exp($0 as Double) }.reduce(0, +)
            expected += part.map { isLogarithm ? $0 - log(sum) : exp($0) / sum }
        }
        try expectClose(item, expected)
    }

    @Test("Softmax-13 normalises its axis alone") func plainSoftmax() throws {
        let values: [Float] = [0, 1, 2, -1]
        let item = NodeCase("Softmax-13", "Softmax", opset: 13, ["axis": .int(0)], [floats(values, [2, 2])], gives: [])
        let sums: [Double] = [exp(0.0) + exp(2.0), exp(1.0) + exp(-1.0)]
        try expectClose(item, values.enumerated().map { exp(Double($1)) / sums[$0 % 2] })
    }

    private func expectClose(_ item: NodeCase, _ expected: [Double]) throws {
        var item = item
        item.outputs = [floats([], [0])]
        let node = try item.graph().nodes[0]
        let input = try #require(item.inputs[0])
        let result = try Evaluator(.plain()).evaluate(node, [input], outputs: [TensorType(.float32, input.shape)])[0]
        for (a, b) in try zip(result.doubles(), expected) { #expect(abs(a - b) <= 1e-6 * (1 + abs(b))) }
    }
}
