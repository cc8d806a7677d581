import Deeper
import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Testing

@testable import DeeperQuantization

@Suite("networks quantised after training") struct NetworkQuantizerTests {
    private func quantizer(
        _ graph: Graph, keeping isKept: @escaping @Sendable (String) -> Bool = { _ in false },
        changing change: (inout QuantizationOptions) -> Void = { _ in }
    ) throws -> NetworkQuantizer {
        var options = QuantizationOptions()
        change(&options)
        var quantizer = try NetworkQuantizer(graph, options: options, engine: EngineOptions())
        try quantizer.calibrate(on: SmallNetworks.inputs(24), keeping: isKept)
        return quantizer
    }

    @Test(
        "the answers stay near, on inputs that calibration did not see",
        .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"), arguments: RangeMethod.allCases)
    func answers(ranges: RangeMethod) throws {
        let graph = try SmallNetworks.joined()
        let network = try quantizer(graph, changing: { $0.ranges = ranges }).quantized()
        let inputs = try SmallNetworks.inputs(16, seed: 9)
        let difference = try SmallNetworks.difference(
            SmallNetworks.answers(graph, inputs), SmallNetworks.answers(network.graph, inputs))
        #expect(difference > 0 && difference < 0.02, "\(difference)")
    }

    @Test("everything between the first quantisation and the last layer is computed in 8 bits") func folds() throws {
        let network = try quantizer(SmallNetworks.joined()).quantized()
        let operators = try Engine(Model(graph: network.graph)).graph.nodes.map(\.operatorName)
        #expect(
            operators == [
                "QuantizeLinear", "QLinearConv", "QLinearConv", "MaxPool", "QLinearConv", "QLinearConv", "Concat",
                "QLinearConv", "QLinearGlobalAveragePool", "Flatten", "QGemm", "Softmax",
            ])
        // The convolution before it adds the residual.
        // The last layer's sums are real: scores of 8 bits would tie.
        #expect(network.layers.last?.range == nil)
        #expect(network.layers.dropLast().allSatisfy { $0.isQuantized && $0.range != nil })
    }

    @Test("what a concatenation joins has one scale") func unifiedScales() throws {
        let network = try quantizer(SmallNetworks.joined()).quantized()
        let ranges = Dictionary(uniqueKeysWithValues: network.layers.map { ($0.name, $0.range) })
        #expect(ranges["one"] == ranges["three"])
        #expect(ranges["one"] != ranges["last"])
    }

    @Test("layers that are kept stay in float32, and cost no accuracy") func keeps() throws {
        let graph = try SmallNetworks.joined()
        let network = try quantizer(graph, keeping: { $0 == "three" }).quantized(keeping: ["last"])
        #expect(network.layers.filter { !$0.isQuantized }.map(\.name) == ["three", "last"])
        let operators = try Engine(Model(graph: network.graph)).graph.nodes
        #expect(operators.filter { $0.operatorName == "Conv" }.map(\.name) == ["three", "last"])
        expect(.invalidInput, "every layer") { _ = try self.quantizer(graph, keeping: { _ in true }) }
    }

    @Test(
        "fitted weights and corrected biases give results closer to float32 than rounding alone",
        .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"))
    func fits() throws {
        let graph = try SmallNetworks.joined()
        let inputs = try SmallNetworks.inputs(16, seed: 9)
        let wanted = try SmallNetworks.answers(graph, inputs)
        func difference(_ change: (inout QuantizationOptions) -> Void) throws -> Double {
            let network = try quantizer(graph, changing: change).quantized()
            let noise = try network.signalToNoise(on: inputs, engine: EngineOptions())
            #expect(noise.values.allSatisfy { $0 > 20 })
            return SmallNetworks.difference(wanted, try SmallNetworks.answers(network.graph, inputs))
        }
        let plain = try difference { ($0.fitsWeights, $0.correctsBias, $0.equalizes) = (false, false, false) }
        let fitted = try difference { _ in }
        #expect(fitted < plain, "\(fitted), \(plain)")
    }

    @Test(
        "as many layers stay in float32 as agreement requires",
        .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"))
    func agreement() throws {
        let graph = try SmallNetworks.joined()
        let quantizer = try quantizer(graph)
        let heldBack = try SmallNetworks.inputs(24, seed: 5)
        let (network, reached) = try quantizer.quantized(agreeing: 1, on: heldBack)
        #expect(reached.same == reached.count && reached.count == 24)
        let (wanted, own) = (
            try SmallNetworks.answers(graph, heldBack), try SmallNetworks.answers(network.graph, heldBack)
        )
        #expect(zip(wanted, own).allSatisfy { $0.firstIndex(of: $0.max()!) == $1.firstIndex(of: $1.max()!) })
        // Less is reached by all layers.
        let (all, _) = try quantizer.quantized(agreeing: 0.01, on: heldBack)
        #expect(all.layers.filter(\.isQuantized).count == all.layers.count)
    }

    @Test(
        "a channel that is the same everywhere can be fitted",
        .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"))
    func constantChannels() throws {
        var graph = try SmallNetworks.joined()
        for (name, number) in [("first w", Float(0)), ("first b", 1)] {
            let value = try #require(graph.constants.keys.first { graph.name(of: $0) == name })
            let shape = try #require(graph.constants[value]).shape
            graph.constants[value] = try Tensor([Float](repeating: number, count: shape.elementCount), shape: shape)
        }
        let network = try quantizer(graph).quantized()
        let inputs = try SmallNetworks.inputs(4)
        let difference = try SmallNetworks.difference(
            SmallNetworks.answers(graph, inputs), SmallNetworks.answers(network.graph, inputs))
        #expect(difference < 0.02, "\(difference)")
    }

    @Test("what cannot be quantised is refused, by name") func refusals() throws {
        let graph = try SmallNetworks.joined()
        let options = QuantizationOptions()
        let fresh = try NetworkQuantizer(graph, options: options, engine: EngineOptions())
        expect(.invalidInput, "not calibrated") { _ = try fresh.quantized() }
        let network = try quantizer(graph).quantized()
        expect(.invalidInput, "quantised already") {
            _ = try NetworkQuantizer(network.graph, options: options, engine: EngineOptions())
        }
        var builder = GraphBuilder(name: "no layer")
        let x = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(4)]))
        builder.output(try builder.node("Relu", "relu", [x]))
        let empty = builder.graph
        expect(.invalidInput, "no Conv, Gemm or MatMul") {
            _ = try NetworkQuantizer(empty, options: options, engine: EngineOptions())
        }
        var odd = graph
        let value = try #require(odd.constants.keys.first { odd.name(of: $0) == "classes w" })
        odd.constants[value] = try Tensor([Float](repeating: .nan, count: 160), shape: [10, 16])
        var without = try NetworkQuantizer(odd, options: options, engine: EngineOptions())
        expect(.invalidInput, "not finite") { try without.calibrate(on: SmallNetworks.inputs(2)) }
        var broken = try NetworkQuantizer(graph, options: options, engine: EngineOptions())
        let tensor = try Tensor([Float](repeating: .nan, count: 432), shape: [1, 3, 12, 12])
        expect(.invalidInput, "not finite") { try broken.calibrate(on: [["x": tensor]]) }
    }

    private func expect(_ code: DeeperError.Code, _ text: String, _ body: () throws -> Void) {
        let error = #expect(throws: DeeperError.self) { try body() }
        #expect(error?.code == code)
        #expect("\(error.map { "\($0)" } ?? "")".contains(text), "\(error.map { "\($0)" } ?? "")")
    }
}
