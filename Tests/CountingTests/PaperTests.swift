import DeeperCounting
import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import DeeperZoo
import Testing

@Suite("the paper's table and the article's example") struct PaperTests {
    private func table() throws -> PaperTable {
        let graph = try GoogLeNet().graph(weights: .zeros)
        return try PaperTable(graph.operationRows(), of: graph)
    }

    @Test("exact MACs and weights of all twelve rows") func exact() throws {
        let rows = try table().rows
        #expect(
            rows.map(\.operations.exact) == [
                118_013_952, 359_661_568, 128_049_152, 304_267_264, 73_608_192, 87_908_352, 99_850_240, 118_515_712,
                169_996_288, 51_079_168, 70_697_984, 1_024_000,
            ])
        #expect(
            rows.map(\.parameters.exact) == [
                9_408, 114_688, 163_328, 388_096, 375_552, 448_512, 509_440, 604_672, 867_328, 1_042_432, 1_442_816,
                1_024_000,
            ])
    }

    @Test("nine rows of operations match to rounding, the other three have a reason") func statuses() throws {
        let rows = try table().rows
        #expect(rows.count { $0.operations.status == .rounding } == 9)
        let others = rows.filter { $0.operations.status != .rounding }
        #expect(others.map(\.name) == ["conv 7x7/2", "inception (4a)", "inception (5a)"])
        #expect(others.map(\.operations.status) == [.explained, .explained, .contradictsItself])
        #expect(others.allSatisfy { !$0.operations.reason.isEmpty })
        #expect(rows.allSatisfy { $0.parameters.reason.isEmpty == [.exact, .rounding].contains($0.parameters.status) })
        #expect(rows.filter { $0.parameters.status == .exact }.map(\.name) == ["conv 3x3/1", "linear"])
        #expect(rows[9].parameters.reason == "the row's filters give 1018K")
    }

    @Test("another network has no such table") func otherNetwork() throws {
        let graph = try AlexNet().graph(weights: .zeros)
        #expect(throws: DeeperError.self) { try PaperTable(graph.operationRows(), of: graph) }
        let small = try GoogLeNet(height: 128, width: 128).graph(weights: .zeros)
        #expect(throws: DeeperError.self) { try PaperTable(small.operationRows(), of: small) }
    }

    @Test("the article's four figures") func article() throws {
        let example = try WorkedExample()
        #expect(example.naive == 120_422_400)
        #expect(example.reduction == 2_408_448)
        #expect(example.convolution == 10_035_200)
        #expect(example.reduced == 12_443_648)
    }
}
