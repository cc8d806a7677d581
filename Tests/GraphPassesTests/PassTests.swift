import DeeperGraphs
import DeeperKernels
import DeeperTestSupport
import Testing

@testable import DeeperPasses

@Suite struct PassTests {
    @Test("each pass of the pipeline has a case and a negative twin") func everyPassIsTested() {
        for pass in PassPipeline.passes {
            let cases = PassCase.all.filter { $0.pass == pass }
            #expect(cases.contains { !$0.isNegative }, "\(pass.name)")
            #expect(cases.contains { $0.isNegative }, "\(pass.name)")
        }
    }

    @Test("does what it should, and the outputs stay", arguments: PassCase.all) func behaves(item: PassCase) throws {
        var net = Net()
        try item.build(&net)
        #expect(sketch(net.graph) == item.before)
        var driver = PassDriver(passes: [item.pass], evaluator: try Evaluator(.plain()))
        let (graph, reports) = try driver.run(net.graph)
        #expect(sketch(graph) == item.after)
        #expect(reports.isEmpty == item.isNegative)
        #expect(reports.allSatisfy { $0.pass == item.pass.name })
        guard item.runs else { return }
        let expected = try net.runNodeByNode()
        try expectClose(net.run(net.graph), expected, "raw")
        try expectClose(net.run(graph), expected, "this pass alone")
        try expectClose(net.run(net.graph, optimizes: true), expected, "all passes")
    }
}
