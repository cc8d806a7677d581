import Deeper
import Graphs
import Kernels
import ModelImport
import ModelZoo
import Reduction
import Tensors
import TestSupport
import Testing

@Suite("networks taken apart") struct NetworkReducerTests {
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

    @Test("a budget over the network is kept, and nearly used") func budget() throws {
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

    @Test("calibration lowers the outputs' error, of every method", arguments: ReductionMethod.allCases)
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
        let options = try KernelOptions(gemm: ReferenceGemm())
        return ledger(try inferTypes(try plausibleTypes(options: options), options: options))
    }
}
