import DeeperCounting
import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import DeeperZoo
import Foundation
import Testing

@Suite("operation reports") struct OperationReportTests {
    private func report(
        _ grouping: OperationReport.Grouping = .layer, batch: Int? = nil, extent: Int? = nil
    ) throws -> OperationReport {
        let module = InceptionModule(
            name: "inception_3a", filters: .inception3a, inputChannels: 192, height: 28, width: 28)
        let graph = try module.graph(weights: .zeros)
        return OperationReport(
            model: "module", inputs: ["data": [1, 192, 28, 28]],
            rows: try graph.operationRows(batch: batch, extent: extent), grouping: grouping)
    }

    @Test("the kinds of operations of a convolution and its ReLU, worked out by hand") func convolution() throws {
        let layers = try report().entries
        let convolution = try #require(layers.first { $0.name == "inception_3a/5x5_reduce" })
        let outputs = 28 * 28 * 16
        #expect(convolution.macs == outputs * 192)
        #expect(convolution.multiplications == outputs * 192)
        #expect(convolution.additions == outputs * 191)
        #expect(convolution.bias == outputs)
        #expect(convolution.flops == 2 * outputs * 192)
        #expect(convolution.multiplications + convolution.additions + convolution.bias == convolution.flops)
        #expect(convolution.parameters == 192 * 16 + 16)
        #expect(convolution.weightBytes == 4 * (192 * 16 + 16))
        #expect(convolution.activationBytes == 4 * 28 * 28 * (192 + 16))
        let relu = try #require(layers.first { $0.name == "inception_3a/relu_5x5_reduce" })
        #expect((relu.macs, relu.activation, relu.flopsAndElementwise) == (0, outputs, outputs))
        let pool = try #require(layers.first { $0.name == "inception_3a/pool" })
        // 3x3 windows with a border of one: 3 taps a row, 2 at both ends.
        #expect(pool.pooling == 192 * ((3 * 28 - 2) * (3 * 28 - 2) - 28 * 28))
    }

    @Test("groups hold all rows: sums by layer, module and operator agree") func grouping() throws {
        let byLayer = try report(.layer)
        for grouping in OperationReport.Grouping.allCases {
            let grouped = try report(grouping)
            #expect(grouped.total == byLayer.total)
            #expect(grouped.entries.reduce(0) { $0 + $1.macs } == byLayer.total.macs)
            #expect(grouped.entries.reduce(0) { $0 + $1.layers } == byLayer.entries.count)
        }
        #expect(try report(.module).entries.map(\.name) == ["inception_3a"])
        #expect(try report(.operator).entries.map(\.name) == ["Conv", "Relu", "MaxPool", "Concat"])
    }

    @Test("a batch multiplies operations and activations, not parameters; pictures may have another extent")
    func batch() throws {
        let (one, four) = (try report().total, try report(batch: 4).total)
        #expect(four.macs == 4 * one.macs)
        #expect(four.activationBytes == 4 * one.activationBytes)
        #expect((four.parameters, four.weightBytes) == (one.parameters, one.weightBytes))
        #expect(try report(extent: 14).total.macs * 4 == one.macs)
    }

    @Test("conventions: MACs, twice as many FLOPs, and everything else on top") func conventions() throws {
        let total = try report().total
        #expect(total.count(.macs) == 128_049_152)
        #expect(total.count(.flops) == 256_098_304)
        let rest = total.activation + total.pooling + total.normalization + total.softmax + total.elementwise
        #expect(total.count(.flopsAndElementwise) == 256_098_304 + rest)
        #expect(rest > 0)
    }

    @Test("a stored ledger equals itself, and every change is named") func comparison() throws {
        let found = try report()
        let stored = try JSONDecoder().decode(OperationReport.self, from: JSONEncoder().encode(found))
        #expect(LedgerComparison(stored: stored, found: found).differences.isEmpty)
        var other = stored
        other.entries[0].macs += 1
        other.inputs = ["data": [2, 192, 28, 28]]
        let differences = LedgerComparison(stored: other, found: found).differences
        #expect(differences.count == 2)
        #expect(differences[1] == "inception_3a/1x1: 9633793 MACs stored, 9633792 found")
        #expect(differences[0].hasPrefix("inputs: data [2, 192, 28, 28] stored"))
        other.inputs = stored.inputs
        #expect(
            LedgerComparison(stored: other, found: found).differences
                == ["inception_3a/1x1: 9633793 MACs stored, 9633792 found"])
        other = stored
        other.entries.removeFirst()
        #expect(LedgerComparison(stored: other, found: found).differences == ["inception_3a/1x1: not stored"])
    }

    @Test("modules are names up to the last slash") func modules() {
        for (layer, module) in [
            ("inception_3a/3x3_reduce", "inception_3a"), ("conv1", "conv1"), ("/layer1/conv1/Conv", "/layer1/conv1"),
            ("/Relu", "/Relu"),
        ] {
            #expect(OperationReport.moduleName(layer) == module)
        }
    }
}
