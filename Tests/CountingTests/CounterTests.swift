import DeeperCounting
import DeeperGraphs
import DeeperImport
import DeeperTensors
import DeeperTestSupport
import Foundation
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

    @Test("resizes: by the tools' own tables for nearest, linear and bilinear") func resizes() throws {
        func rows(_ mode: String, _ scales: [Float]) throws -> [LedgerRow] {
            var builder = GraphBuilder(name: "resize")
            let x = builder.input("x", DeclaredType(.float32, [1, 2, 3, 5].map { .fixed($0) }))
            let factors = builder.constant("scales", try Tensor(scales, shape: [4]))
            builder.output(try builder.node("Resize", "resize", [x, nil, factors], ["mode": .string(mode)]))
            return try builder.graph.operationRows()
        }
        let cases: [(mode: String, scales: [Float], elements: Int, fvcore: Int, thop: Int)] = [
            ("nearest", [1, 1, 2, 2], 120, 1, 1), ("linear", [1, 1, 1, 2], 60, 0, 5),
            ("linear", [1, 1, 2, 2], 120, 4, 11),
            ("cubic", [1, 1, 2, 2], 120, 0, 259),
        ]
        for entry in cases {
            let row = try rows(entry.mode, entry.scales)[0]
            #expect(OperationCounter.fvcore.count(row) == entry.fvcore * entry.elements, "\(entry)")
            #expect(OperationCounter.thop.count(row) == entry.thop * entry.elements, "\(entry)")
            #expect(OperationCounter.ptflops.count(row) == entry.elements, "\(entry)")
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
