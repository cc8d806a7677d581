import DeeperGraphs
import DeeperZoo
@testable import DeeperReduction
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite("ranks") struct RankTests {
    private func layers(_ module: InceptionModule, _ method: ReductionMethod) throws -> [ConvolutionLayer] {
        try NetworkReducer(module.graph(weights: .zeros), method: method).layers
    }

    @Test("break-even ranks of the naive modules are those of the literature's formula") func breakEven() throws {
        let modules = InceptionModule.ofGoogLeNet(.naive)
        for (index, three, five) in [(0, 165.0, 155.0), (8, 671.0, 660.0)] {
            let ranks = try layers(modules[index], .svd).map { $0.breakEvenRank(.svd).rounded() }
            #expect(ranks == [three, five])
        }
        #expect(try layers(modules[6], .svd)[0].breakEvenRank(.svd).rounded() == 446)
    }

    @Test("the rank below break-even saves, the next one does not", arguments: ReductionMethod.allCases)
    func boundary(method: ReductionMethod) throws {
        for module in InceptionModule.ofGoogLeNet(.naive) {
            for layer in try layers(module, method) {
                let boundary = layer.breakEvenRank(method)
                let ranks = [Int(boundary.rounded(.up)) - 1, Int(boundary.rounded(.down)) + 1]
                    .map { Array(repeating: $0, count: method.rankCount) }
                #expect(layer.macs(method, ranks: ranks[0]) < layer.macs)
                #expect(layer.macs(method, ranks: ranks[1]) > layer.macs)
            }
        }
    }

    @Test("a rank above break-even is refused with the numbers") func refusal() throws {
        let module = InceptionModule.ofGoogLeNet(.naive)[0]
        let reducer = try NetworkReducer(module.graph(weights: .zeros), method: .svd)
        let error = try #require(throws: DeeperError.self) { try reducer.reduce(to: .rank(165)) }
        #expect(error.code == .invalidInput)
        for number in ["165", "173859840", "173408256", "164.6", "inception_3a/3x3"] {
            #expect("\(error)".contains(number), "\(number): \(error)")
        }
        let full = try #require(throws: DeeperError.self) { try reducer.reduce(to: .rank(193)) }
        #expect("\(full)".contains("expected 1 to 192"))
    }

    @Test("invalid targets are refused", arguments: [-1.0, 0, 1.5, .nan])
    func targets(share: Double) throws {
        let reducer = try NetworkReducer(
            InceptionModule.ofGoogLeNet(.naive)[0].graph(weights: .zeros), method: .spatial)
        #expect(throws: DeeperError.self) { try reducer.reduce(to: .energy(share)) }
        #expect(throws: DeeperError.self) { try reducer.reduce(to: .macs(share)) }
        #expect(throws: DeeperError.self) { try reducer.reduce(to: .rank(0)) }
        let tiny = try #require(throws: DeeperError.self) { try reducer.reduce(to: .macs(1e-6)) }
        #expect("\(tiny)".contains("cannot be kept"))
    }

    @Test("weights that are not finite are refused, and the layer named") func notFinite() throws {
        var graph = try InceptionModule.ofGoogLeNet(.naive)[0].graph(weights: .seeded(1))
        for (value, tensor) in graph.constants where graph.name(of: value) == "inception_3a/5x5_w" {
            var values = try tensor.elements(as: Float.self)
            values[17] = .nan
            graph.constants[value] = try Tensor(values, shape: tensor.shape)
        }
        let reducer = try NetworkReducer(graph, method: .svd)
        let error = try #require(throws: DeeperError.self) { try reducer.reduce(to: .rank(3)) }
        #expect(error.code == .invalidInput)
        #expect("\(error)".contains("inception_3a/5x5"))
    }

    @Test("networks without layers to factorise are reported as such") func nothing() throws {
        let graph = try LowRank.module(.svd, rank: 3)
        let error = try #require(throws: DeeperError.self) {
            try NetworkReducer(graph, method: .svd, choosing: { $0 == "absent" })
        }
        #expect("\(error)".contains("naive/3x3, naive/5x5"))
    }

    @Test("where the greedy choice stops, no other choice of the same size loses less", arguments: 0..<20)
    func optimum(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        func unit() -> Double { Double(generator.next() >> 11) * 0x1p-53 }
        let layers = (0..<3).map { _ in
            [RankCandidate(ranks: [], macs: 100, loss: 0)]
                + (1...6).map { RankCandidate(ranks: [$0], macs: $0 * 15 + Int(unit() * 5), loss: unit()) }
        }
        func all(_ rest: ArraySlice<[RankCandidate]>) -> [(macs: Int, cost: Double)] {
            guard let first = rest.first else { return [(0, 0)] }
            let others = all(rest.dropFirst())
            return first.flatMap { choice in others.map { ($0.macs + choice.macs, $0.cost + choice.cost) } }
        }
        let choices = all(layers[...])
        for budget in stride(from: 60, through: 300, by: 20) {
            let chosen = try RankBudget.choose(layers, macs: budget)
            let (macs, cost) = chosen.reduce((0, 0.0)) { ($0.0 + $1.macs, $0.1 + $1.cost) }
            #expect(macs <= budget)
            let best = choices.filter { $0.macs <= macs }.map(\.cost).min() ?? .infinity
            #expect(cost <= best + 1e-9)
            // The optimum for the whole budget is at most one step of one layer away: it saves less than the largest one.
            let possible = choices.filter { $0.macs <= budget }.map(\.cost).min() ?? .infinity
            #expect(cost <= possible || budget - macs < 100)
            if budget == 300 { #expect(chosen.allSatisfy { $0.ranks.isEmpty }) }
        }
    }
}
