import Counting
import Foundation
import Graphs
import ModelImport
import TestSupport
import Testing

/// What fvcore, ptflops and thop print, as `make check-counters` wrote it down.
struct GoldenCounts: Decodable {
    struct Count: Decodable {
        let total: Int
        /// By ONNX operator.
        let operators: [String: Int]
    }

    struct Network: Decodable, CustomTestStringConvertible {
        let model: String
        let parameters: Int
        let counters: [String: Count]
        var testDescription: String { model }
    }

    let networks: [Network]

    static func read() throws -> [Network] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "counters.json")
        return try JSONDecoder().decode(GoldenCounts.self, from: Data(contentsOf: file)).networks
    }
}

@Suite("counting like other tools", .enabled(if: TestData.has("models"), "\(TestData.absence)"))
struct CounterTests {
    private func rows(_ model: String) throws -> [LedgerRow] {
        let folder = TestData.has("models/\(model)") ? "models" : "onnx/light"
        return try ONNXModel.graph(contentsOf: TestData.path("\(folder)/\(model)")).operationRows(batch: 1, extent: 224)
    }

    @Test("fvcore, ptflops and thop: every operator and the total of four networks", arguments: try GoldenCounts.read())
    func counts(_ network: GoldenCounts.Network) throws {
        let rows = try rows(network.model)
        #expect(network.counters.count == 3)
        for (name, golden) in network.counters {
            let counter = try #require(OperationCounter(rawValue: name))
            let report = OperationReport(
                model: network.model, inputs: [:], rows: rows, grouping: .operator, counter: counter)
            #expect(report.total.counted == golden.total, "\(name)")
            let counts = report.entries.map { ($0.name, $0.counted ?? 0) }.filter { $0.1 != 0 }
            #expect(Dictionary(uniqueKeysWithValues: counts) == golden.operators, "\(name)")
        }
    }

    @Test("torchvision publishes 4.089 GFLOPS for ResNet-50 and 0.349 for SqueezeNet 1.1: MACs")
    func torchvision() throws {
        for (model, millions) in [("light_resnet50.onnx", 4_089.0), ("squeezenet_v1.1.onnx", 349.0)] {
            let count = try rows(model).reduce(0) { $0 + OperationCounter.torchvision.count($1) }
            #expect((Double(count) / 1e6).rounded() == millions, "\(model)")
        }
    }

    @Test("the four networks are those of the issue, with their parameters") func networks() throws {
        let golden = try GoldenCounts.read()
        #expect(golden.map(\.parameters) == [6_998_552, 25_557_032, 470_072, 1_235_496])
    }
}
