import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Testing

@testable import DeeperZoo

@Suite struct WeightSourceTests {
    /// A module small enough to look at all its numbers.
    private static let module = InceptionModule(
        name: "m",
        filters: InceptionFilters(conv1x1: 4, reduce3x3: 8, conv3x3: 6, reduce5x5: 4, conv5x5: 4, poolProjection: 2),
        inputChannels: 64, height: 3, width: 3)

    private static func values(_ graph: Graph, _ name: String) throws -> [Float] {
        let found = graph.constants.first { graph.name(of: $0.key) == name }
        return try #require(found).value.elements(as: Float.self)
    }

    @Test func splitMixGivesThePublishedNumbers() {
        var generator = SeededGenerator(seed: 1_234_567)
        let numbers = (0..<5).map { _ in generator.next() }
        #expect(
            numbers == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test func theHashIsFNV1a() {
        #expect(stableHash(of: "") == 0xCBF2_9CE4_8422_2325)
        #expect(stableHash(of: "a") == 0xAF63_DC4C_8601_EC8C)
        #expect(stableHash(of: "foobar") == 0x8594_4171_F739_67E8)
    }

    /// The bits of an independent computation of the same definition.
    @Test func aSeedGivesTheSameBitsEverywhere() throws {
        let graph = try WeightSourceTests.module.graph(weights: .seeded(42))
        let start = try WeightSourceTests.values(graph, "m/3x3_w").prefix(4).map(\.bitPattern)
        #expect(start == [0xBD82_F1FC, 0x3DC7_6C65, 0xBE92_B69A, 0xBD5E_52E6])
    }

    @Test func seededWeightsHaveHesVariance() throws {
        let graph = try WeightSourceTests.module.graph(weights: .seeded(7))
        let values = try WeightSourceTests.values(graph, "m/3x3_w").map(Double.init)
        let variance = 2.0 / Double(8 * 9)
        let measured = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
        #expect(abs(measured / variance - 1) < 0.15, "\(measured)")
        #expect(values.allSatisfy { abs($0) <= (3 * variance).squareRoot() * 1.000001 })
        #expect(abs(values.reduce(0, +) / Double(values.count)) < 0.1 * variance.squareRoot())
        #expect(try WeightSourceTests.values(graph, "m/3x3_b") == Array(repeating: 0, count: 6))
    }

    @Test func seedsAndNamesGiveDifferentWeights() throws {
        let one = try WeightSourceTests.module.graph(weights: .seeded(1))
        let two = try WeightSourceTests.module.graph(weights: .seeded(2))
        let weights = try [
            WeightSourceTests.values(one, "m/1x1_w"), WeightSourceTests.values(two, "m/1x1_w"),
            Array(WeightSourceTests.values(one, "m/3x3_reduce_w").prefix(256)),
        ]
        #expect(Set(weights).count == 3)
        let again = try WeightSourceTests.module.graph(weights: .seeded(1))
        #expect(try WeightSourceTests.values(again, "m/1x1_w") == weights[0])
    }

    @Test func networksThatShareALayerShareItsWeights() throws {
        let weights = WeightSource.seeded(3)
        let plain = try GoogLeNet(classCount: 2, height: 79, width: 79).graph(weights: weights)
        let training = try GoogLeNet(hasAuxiliaryHeads: true, classCount: 2, height: 79, width: 79)
            .graph(weights: weights)
        for name in ["conv1/7x7_s2_w", "loss3/classifier_w"] {
            #expect(try WeightSourceTests.values(plain, name) == WeightSourceTests.values(training, name))
        }
    }

    @Test func constantsOfAnotherGraphServeByName() throws {
        let source = try WeightSourceTests.module.graph(weights: .seeded(5))
        let copy = try WeightSourceTests.module.graph(weights: .constants(of: source))
        #expect(copy.constantNames == source.constantNames)
        for name in source.constantNames {
            #expect(try WeightSourceTests.values(copy, name) == WeightSourceTests.values(source, name))
        }
    }

    @Test func aMissingConstantIsNamed() throws {
        let other = try AlexNet(classCount: 1).graph(weights: .zeros)
        let error = #expect(throws: DeeperError.self) {
            _ = try WeightSourceTests.module.graph(weights: .constants(of: other))
        }
        #expect(error?.code == .invalidInput)
        #expect(
            error?.description == "m > weight \"m/1x1_w\": the graph \"alexnet\" has no such constant")
    }

    @Test func anotherShapeIsRefused() throws {
        let source = WeightSource.named { name, shape in
            try Tensor(.float32, shape: name == "m/5x5_w" ? [4, 4, 3, 3] : shape)
        }
        let error = #expect(throws: DeeperError.self) { _ = try WeightSourceTests.module.graph(weights: source) }
        #expect(error?.code == .invalidInput)
        #expect(
            error?.description
                == "m > weight \"m/5x5_w\": the source gives float32[4, 4, 3, 3], the network needs float32[4, 4, 5, 5]"
        )
    }

    @Test func anotherElementTypeIsRefused() throws {
        let source = WeightSource.named { _, shape in try Tensor(.float64, shape: shape) }
        #expect(try errorCode { _ = try WeightSourceTests.module.graph(weights: source) } == .invalidInput)
    }

    @Test func foreignErrorsOfASourcePass() {
        struct Foreign: Error {}
        #expect(throws: Foreign.self) {
            _ = try WeightSourceTests.module.graph(weights: .named { _, _ in throw Foreign() })
        }
    }

    /// Through all 22 layers the root mean square stays near the input's 74, and no class takes it all.
    @Test(.enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"), arguments: InceptionForm.allCases)
    func seededActivationsStaySane(form: InceptionForm) throws {
        let graph = try GoogLeNet(form: form, height: 96, width: 96).graph(weights: .seeded(11))
        var generator = SeededGenerator(seed: 12)
        let picture = try Tensor(generator.floats(3 * 96 * 96).map { $0 * 128 }, shape: [1, 3, 96, 96])
        let values = try graph.evaluate(picture)
        for node in graph.nodes where node.operatorName == "Relu" {
            let elements = try #require(values.value(node.outputs[0])).doubles()
            let magnitude = (elements.reduce(0) { $0 + $1 * $1 } / Double(elements.count)).squareRoot()
            #expect((10...500).contains(magnitude), "\(node.name)")
        }
        let probabilities = try #require(values.value(graph.outputs[0])).doubles()
        #expect(probabilities.max() ?? 1 < 0.9)
    }
}
