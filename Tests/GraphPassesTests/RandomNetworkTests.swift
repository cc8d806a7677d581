import DeeperGraphs
import DeeperKernels
import DeeperTestSupport
import Testing

@testable import DeeperPasses

@Suite("random networks compute the same, optimised or not") struct RandomNetworkTests {
    private static let seeds: ClosedRange<UInt64> = TestTier.runsHeavyTests ? 1...300 : 1...30

    @Test("raw, optimised, and node by node", arguments: seeds) func agree(seed: UInt64) throws {
        let net = try RandomNetwork.make(seed: seed)
        let expected = try net.runNodeByNode()
        try expectClose(net.run(net.graph), expected, "seed \(seed), raw")
        try expectClose(net.run(net.graph, optimizes: true, threads: 2), expected, "seed \(seed), optimised")
        #expect(try unwrittenReads(in: net.plan(net.graph)) == [], "seed \(seed), raw")
        var driver = PassDriver(evaluator: try Evaluator(KernelOptions(.packed)))
        #expect(try unwrittenReads(in: net.plan(try driver.run(net.graph).graph)) == [], "seed \(seed), optimised")
        guard TestTier.runsHeavyTests else { return }
        for set in InstructionSet.available {
            let results = try net.run(net.graph, optimizes: true, instructionSet: set)
            try expectClose(results, expected, "seed \(seed), optimised, \(set)")
        }
    }

    @Test("the networks give every pass something to do") func coverage() throws {
        var passes: Set<String> = []
        // Passing over a network takes much less time than running it.
        for seed in UInt64(1)...120 {
            var driver = PassDriver(evaluator: try Evaluator(.plain()))
            passes.formUnion(try driver.run(try RandomNetwork.make(seed: seed).graph).reports.map(\.pass))
        }
        let all = PassPipeline.stages.joined().map { $0.name }
        #expect(
            passes.symmetricDifference(all).sorted() == ["fold constants", "gather constants of quantised networks"])
    }
}
