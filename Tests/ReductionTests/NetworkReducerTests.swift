import Deeper
import DeeperGraphs
import DeeperImport
import DeeperKernels
import DeeperZoo
@testable import DeeperReduction
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite("factorised networks") struct NetworkReducerTests {
    @Test("a naive module of known rank is recovered at that rank", arguments: ReductionMethod.allCases)
    func recovery(method: ReductionMethod) throws {
        let graph = try LowRank.module(method, rank: 5)
        let reducer = try NetworkReducer(graph, method: method)
        #expect(reducer.layers.map(\.name) == ["naive/3x3", "naive/5x5"])
        let reduced = try reducer.reduce(to: .rank(5))
        let (largest, difference) = try LowRank.difference(graph, reduced.graph)
        #expect(largest > 0.1 && largest < 100)
        #expect(difference < 1e-5)
        #expect(reduced.layers.allSatisfy { $0.weightError < 1e-5 && $0.macsAfter < $0.macsBefore })
        // One rank less must show, or the test would prove nothing.
        let poorer = try LowRank.difference(graph, reducer.reduce(to: .rank(4)).graph)
        #expect(poorer.difference > 1e-3)
    }

    @Test("all energy means the known rank, and calibration changes nothing there", arguments: ReductionMethod.allCases)
    func energy(method: ReductionMethod) throws {
        let graph = try LowRank.module(method, rank: 5)
        let reducer = try NetworkReducer(graph, method: method)
        let reduced = try reducer.reduce(to: .energy(0.999999))
        #expect(reduced.layers.map(\.ranks) == Array(repeating: Array(repeating: 5, count: method.rankCount), count: 2))
        let options = EngineOptions()
        let calibration = try Calibration(batches: [Model(graph: graph).seededInputs(batch: 16)], options: options)
        let fitted = try reducer.reduce(to: .rank(5), calibration: calibration)
        #expect(try LowRank.difference(graph, fitted.graph).difference < 1e-4)
    }

    @Test("the report's counts are those of the ledger") func counts() throws {
        let graph = try LowRank.module(.spatial, rank: 5)
        for method in ReductionMethod.allCases {
            let reduced = try NetworkReducer(graph, method: method).reduce(to: .rank(3))
            let rows = try reduced.graph.ledgerRows()
            for layer in reduced.layers {
                let parts = rows.filter { $0.name.hasPrefix(layer.name) && $0.operatorName == "Conv" }
                #expect(parts.count == (method == .tucker2 ? 3 : 2))
                #expect(parts.reduce(0) { $0 + $1.macCount } == layer.macsAfter)
                #expect(parts.last?.name == layer.name)
            }
        }
    }

    @Test(
        "a budget over the network is kept, and nearly used",
        .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"))
    func budget() throws {
        let graph = try GoogLeNet(height: 64, width: 64).graph(weights: .seeded(1))
        for method in ReductionMethod.allCases {
            let reducer = try NetworkReducer(graph, method: method)
            let reduced = try reducer.reduce(to: .macs(0.4))
            let share =
                Double(reduced.layers.reduce(0) { $0 + $1.macsAfter }) / Double(reducer.macs)
            #expect(share <= 0.4)
            #expect(share > 0.38)
        }
    }

    @Test(
        "calibration lowers the outputs' error, of every method",
        .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"), arguments: ReductionMethod.allCases)
    func calibration(method: ReductionMethod) throws {
        let module = InceptionModule(
            name: "m", filters: .inception3a, form: .reduced, inputChannels: 192, height: 9, width: 9)
        let graph = try module.graph(weights: .seeded(9))
        let reducer = try NetworkReducer(graph, method: method)
        let options = EngineOptions()
        let batches = [try Model(graph: graph).seededInputs(batch: 24, seed: 4)]
        let calibration = try Calibration(batches: batches, options: options)
        let plain = try reducer.reduce(to: .rank(8))
        let fitted = try reducer.reduce(to: .rank(8), calibration: calibration)
        // Judged by pictures that the calibration has not seen.
        let others = [try Model(graph: graph).seededInputs(batch: 8, seed: 5)]
        let before = try plain.outputErrors(against: graph, on: others, options: options)
        let after = try fitted.outputErrors(against: graph, on: others, options: options)
        #expect(before.count == 2 && after.count == 2)
        for (name, error) in before { #expect(try #require(after[name]) < 0.9 * error, "\(name)") }
    }

    @Test("calibration looks at what pictures hold: directions that they lack may go") func lackingDirections() throws {
        // Eight channels, of which the pictures fill two: rank 2 is enough for them, not for the weights.
        var builder = GraphBuilder(name: "lacking")
        let x = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(8), .fixed(7), .fixed(7)]))
        var generator = SeededGenerator(seed: 3)
        let w = builder.constant("w", try Tensor(LowRank.random(12 * 8 * 9, &generator), shape: [12, 8, 3, 3]))
        builder.output(try builder.node("Conv", "conv", [x, w], ["pads": .ints([1, 1, 1, 1])]))
        let graph = builder.graph
        let inputs = try Tensor(
            (0..<24 * 8 * 49).map { $0 / 49 % 8 < 2 ? LowRank.random(1, &generator)[0] : 0 }, shape: [24, 8, 7, 7])
        let options = EngineOptions(algorithm: .direct)
        let batches = [["x": inputs]]
        let calibration = try Calibration(batches: batches, options: options)
        let reducer = try NetworkReducer(graph, method: .svd)
        let plain = try reducer.reduce(to: .rank(2)).outputErrors(against: graph, on: batches, options: options)
        let fitted = try reducer.reduce(to: .rank(2), calibration: calibration)
            .outputErrors(against: graph, on: batches, options: options)
        #expect(try #require(plain["conv"]) > 0.3)
        #expect(try #require(fitted["conv"]) < 0.02)
    }

    @Test("tucker2 keeps the filters that weigh most, whatever the first factor's scale") func outputDirections() throws
    {
        // One filter of norm 10, one of norm 3.6 spread over nine channels: rank (10, 1) keeps the first.
        var weights = [Float](repeating: 0, count: 2 * 10 * 9)
        weights[0] = 10
        for tap in 0..<9 { weights[(10 + tap + 1) * 9 + tap] = 1.2 }
        var builder = GraphBuilder(name: "directions")
        let x = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(10), .fixed(40), .fixed(40)]))
        let w = builder.constant("w", try Tensor(weights, shape: [2, 10, 3, 3]))
        builder.output(try builder.node("Conv", "conv", [x, w], ["strides": .ints([1, 1])]))
        let layers = try NetworkReducer(builder.graph, method: .tucker2).reduce(to: .energy(0.88)).layers
        #expect(layers.map(\.ranks) == [[]] || layers[0].ranks[1] == 1)
        let factors = try FilterFactorizer(
            NetworkReducer(builder.graph, method: .tucker2).layers[0], .tucker2, weights: weights, moments: nil
        ).factors(ranks: [10, 1], bias: [0, 0])
        #expect(abs(factors.weightError - 0.3386) < 1e-3)
    }

    @Test("shapes of hostile files: empty pads, no channels, pictures beyond counting") func hostile() throws {
        func graph(_ channels: Int, _ extents: [Int], _ attributes: [String: AttributeValue]) throws -> Graph {
            var builder = GraphBuilder(name: "hostile")
            let x = builder.input("x", DeclaredType(.float32, ([1, channels] + extents).map { .fixed($0) }))
            let w = builder.constant("w", try Tensor(.float32, shape: Shape([16, channels, 3, 3])))
            builder.output(try builder.node("Conv", "conv", [x, w], attributes))
            return builder.graph
        }
        #expect(
            try NetworkReducer(graph(8, [9, 9], ["pads": .ints([])]), method: .svd).reduce(to: .rank(2)).layers.count
                == 1)
        for (channels, extents) in [(0, [9, 9]), (8, [1 << 26, 1 << 26]), (8, [3, 1 << 50])] {
            #expect(throws: DeeperError.self) {
                try NetworkReducer(graph(channels, extents, [:]), method: .spatial, choosing: { _ in true })
            }
        }
    }

    @Test("strides, uneven pads, auto_pad and dilations survive", arguments: ReductionMethod.allCases)
    func windows(method: ReductionMethod) throws {
        let forms: [[String: AttributeValue]] = [
            ["strides": .ints([2, 1]), "pads": .ints([1, 0, 2, 1])],
            ["auto_pad": .string("SAME_UPPER"), "strides": .ints([2, 2])],
            ["auto_pad": .string("VALID")],
            ["dilations": .ints([2, 1]), "pads": .ints([2, 1, 2, 1])],
        ]
        for form in forms {
            var builder = GraphBuilder(name: "windows")
            let x = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(24), .fixed(11), .fixed(10)]))
            let shape = Shape([20, 24, 3, 3])
            let w = builder.constant(
                "w", try Tensor(LowRank.filters(method, shape: shape, rank: 4, seed: 2), shape: shape))
            builder.output(try builder.node("Conv", "conv", [x, w], form))
            let graph = builder.graph
            let reduced = try NetworkReducer(graph, method: method).reduce(to: .rank(4))
            #expect(try LowRank.difference(graph, reduced.graph).difference < 1e-5)
            // Without a bias before there is none after.
            #expect(reduced.graph.nodes.allSatisfy { $0.inputs.count == 2 })
        }
    }

    @Test("the result is an ordinary ONNX file") func file() throws {
        let graph = try LowRank.module(.tucker2, rank: 5)
        let reduced = try NetworkReducer(graph, method: .tucker2).reduce(to: .rank(5)).graph
        try withTemporaryFolder { folder in
            try ONNXModel.write(reduced, to: folder + "/reduced.onnx")
            let found = try ONNXModel.graph(contentsOf: folder + "/reduced.onnx")
            #expect(try LowRank.difference(reduced, found).difference == 0)
            #expect(found.constants.count == reduced.constants.count)
        }
    }
}

extension Graph {
    fileprivate func ledgerRows() throws -> [LedgerRow] {
        ledger(try inferTypes(try plausibleTypes()))
    }
}
