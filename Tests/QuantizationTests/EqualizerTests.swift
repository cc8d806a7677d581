import Deeper
import DeeperGraphs
import DeeperKernels
import DeeperPasses
import DeeperTensors
import DeeperTestSupport
import Testing

@testable import DeeperQuantization

@Suite("equalised channels") struct EqualizerTests {
    @Test("the float32 network stays the same, and its channels become even") func equalizes() throws {
        var options = QuantizationOptions()
        options.ranges = .minMax
        // Channels hundreds of times apart.
        var graph = try SmallNetworks.joined()
        for name in ["first w", "first b"] {
            let value = try #require(graph.constants.keys.first { graph.name(of: $0) == name })
            let tensor = try #require(graph.constants[value])
            var values = try tensor.elements(as: Float.self)
            for index in 0..<values.count / 8 { values[index] *= 100 }
            graph.constants[value] = try Tensor(values, shape: tensor.shape)
        }
        let inputs = try SmallNetworks.inputs(8)
        var quantizer = try NetworkQuantizer(graph, options: options, engine: EngineOptions())
        try quantizer.calibrate(on: inputs)
        let wanted = try SmallNetworks.answers(graph, inputs)
        #expect(try SmallNetworks.difference(wanted, SmallNetworks.answers(quantizer.graph, inputs)) < 1e-5)
        func magnitudes(_ graph: Graph) throws -> [Float] {
            let value = try #require(
                (0..<graph.valueCount).map(ValueID.init(number:)).first { graph.name(of: $0) == "first relu" })
            let observer = try Observer(graph, [value], EngineOptions())
            var statistics = ChannelStatistics([1, 8, 12, 12])
            for input in inputs { try statistics.add(observer.values(input)[0]) }
            // A channel that is 0 everywhere has no range.
            return statistics.magnitudes.filter { $0 > 0 }.sorted()
        }
        let (before, after) = (try magnitudes(graph), try magnitudes(quantizer.graph))
        #expect(before.count > 4 && before[before.count - 1] > 100 * before[0], "\(before)")
        #expect(after[after.count - 1] < 1.01 * after[0], "\(after)")
    }

    @Test("fitted weights give less error than rounded ones where inputs vary together") func fit() throws {
        var generator = SeededGenerator(seed: 4)
        var builder = GraphBuilder(name: "product")
        let x = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(16)]))
        let w = builder.constant("w", try Tensor(generator.floats(16 * 8), shape: [16, 8]))
        builder.output(try builder.node("MatMul", "product", [x, w]))
        let graph = builder.graph
        let matrix = try WeightMatrix(graph, graph.nodes[0])
        // All inputs follow one number, up to a little.
        let rows = (0..<400).map { _ -> [Float] in
            let common = generator.floats(1)[0]
            return generator.floats(16).map { common + 0.05 * $0 }
        }
        var moments = try WindowMoments(graph.nodes[0], matrix)
        let tensor = try Tensor(rows.flatMap { $0 }, shape: [400, 16])
        try moments.add(tensor, tensor, limit: 400)
        func error(_ weights: QuantizedWeights) -> Double {
            var sum = 0.0
            for row in rows {
                for column in matrix.columns {
                    let difference = matrix.terms.reduce(Float(0)) { sum, term in
                        let stored = Float(weights.stored[matrix.place(column, term)]) * weights.scales[column]
                        return sum + row[term] * (stored - matrix[column, term])
                    }
                    sum += Double(difference) * Double(difference)
                }
            }
            return sum
        }
        let plain = error(try QuantizedWeights(matrix) { _ in 0 })
        let fitted = error(try #require(try LayerFit.quantized(matrix, moments.moments) { _ in 0 }))
        #expect(fitted < plain / 4, "\(fitted), \(plain)")
    }
}
