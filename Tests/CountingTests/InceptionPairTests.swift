import DeeperCounting
import DeeperGraphs
import DeeperTensors
import DeeperZoo
import Testing

@Suite("naive against reduced, counted") struct InceptionPairTests {
    @Test("module: the nine ratios, and 3.5 for all") func modules() throws {
        let pairs = try InceptionPair.moduleNames.map { try InceptionPair.pair(.module, module: $0) }
        let expected = [2.37, 2.81, 4.17, 4.31, 4.05, 3.64, 3.86, 5.06, 4.06]
        #expect(pairs.map { ($0.predictedRatio * 100).rounded() } == expected.map { ($0 * 100).rounded() })
        let (naive, reduced) = (pairs.reduce(0) { $0 + $1.naive.macs }, pairs.reduce(0) { $0 + $1.reduced.macs })
        #expect((naive / 1_000_000, reduced / 1_000_000) == (3_881, 1_103))
        #expect((Double(naive) / Double(reduced) * 10).rounded() == 35)
    }

    @Test("branch: 9.7 times for 3a, 21.4 for 4a, and nowhere more") func branches() throws {
        let ratios = try InceptionPair.moduleNames.map { try InceptionPair.pair(.branch, module: $0).predictedRatio }
        #expect((ratios[0] * 10).rounded() == 97)
        #expect((ratios[2] * 10).rounded() == 214)
        #expect(ratios.max() == ratios[2])
    }

    @Test("stacked: 7.9 times, 97,526,008 parameters") func stacked() throws {
        let pair = try InceptionPair.stacked()
        #expect((pair.predictedRatio * 10).rounded() == 79)
        #expect((pair.naive.parameters, pair.reduced.parameters) == (97_526_008, 6_998_552))
        #expect(pair.naive.macs / 1_000_000 == 12_568)
    }

    @Test("a branch has the weights and the MACs that it has in its module") func branch() throws {
        for form in InceptionForm.allCases {
            let module = InceptionModule.ofGoogLeNet(form)[0]
            let whole = try module.graph(weights: .seeded(1))
            let branch = try module.branch5x5(weights: .seeded(1))
            #expect(branch.nodes.map(\.name) == whole.nodes.map(\.name).filter { $0.contains("5x5") })
            let rows = try whole.operationRows().filter { $0.name.contains("5x5") }
            #expect(try branch.operationRows().map(\.macCount) == rows.map(\.macCount))
        }
    }

    @Test("other modules are refused with the names") func names() throws {
        let error = try #require(throws: DeeperError.self) { try InceptionPair.pair(.module, module: "6a") }
        #expect("\(error)".contains("3a, 3b, 4a"))
        #expect(throws: DeeperError.self) { try InceptionPair.pair(.stacked, module: "3a") }
    }
}
