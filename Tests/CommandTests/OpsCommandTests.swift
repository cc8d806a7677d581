import DeeperTestSupport
import Foundation
import Testing

@Suite("deeper ops", .enabled(if: DeeperProcess.exists, "the deeper executable was not built next to the tests"))
struct OpsCommandTests {
    private struct Ledger: Decodable {
        struct Row: Decodable {
            let name: String
            let macs: Int
            let parameters: Int
        }

        let rows: [Row]
        let total: Row
    }

    private func ops(_ arguments: String...) throws -> DeeperProcess { try DeeperProcess(["ops"] + arguments) }

    @Test("GoogLeNet's ledger has a row for every node, and the exact totals") func json() throws {
        let result = try ops("googlenet", "--json")
        #expect(result.status == 0)
        let ledger = try JSONDecoder().decode(Ledger.self, from: Data(result.output.utf8))
        #expect(ledger.rows.count == 143)
        #expect((ledger.total.macs, ledger.total.parameters) == (1_582_671_872, 6_998_552))
    }

    @Test("the article's figures, without a model") func article() throws {
        let result = try ops("--article")
        for figure in ["120,422,400", "2,408,448", "10,035,200", "12,443,648"] {
            #expect(result.output.contains(figure))
        }
    }

    @Test(
        "a quantised model counts as its float32 form, and says which MACs are of 8-bit numbers: no FLOPs",
        .enabled(if: TestData.has("quantized"), "\(TestData.absence)"),
        arguments: ["googlenet_bvlc.qdq.onnx", "googlenet_bvlc.qop.onnx"])
    func quantized(file: String) throws {
        let model = TestData.path("quantized/" + file)
        let result = try ops(model, "--json")
        #expect(result.status == 0, "\(result.errors)")
        let total = try #require(try result.json()["total"] as? [String: Any])
        for (key, value) in ["macs": 1_582_671_872, "int8_macs": 1_582_671_872, "flops": 0, "parameters": 6_998_552] {
            #expect(total[key] as? Int == value, "\(key): \(total[key] ?? "none")")
        }
        // Weights of a byte each, biases of four.
        let biases = 6_998_552 - 6_990_272
        #expect(total["weight_bytes"] as? Int == 6_990_272 + 4 * biases)
        let table = try ops(model, "--by", "operator").output
        #expect(table.contains("int8 MACs") && table.contains("QLinearConv"))
        // What another tool would count of the modules that the model was made of does not change.
        if file.contains("qdq") {
            let like = try #require(try ops(model, "--like", "ptflops", "--json").json()["total"] as? [String: Any])
            #expect(like["counted"] as? Int ?? 0 > 1_582_671_872)
        }
        let counted = try ops(model, "--counted")
        #expect(counted.status == 65 && counted.errors.contains("8-bit numbers"), "\(counted.errors)")
        let layers = try #require(try DeeperProcess(["summary", model, "--json"]).json()["total"] as? [String: Any])
        #expect(layers["parameters"] as? Int == 6_998_552)
    }

    @Test("CSV has plain numbers, Markdown a rule") func styles() throws {
        let csv = try ops("googlenet", "--by", "operator", "--csv").output
        #expect(csv.hasPrefix("operator,layers,parameters,MACs,"))
        #expect(csv.contains("\nConv,57,5973552,1581647872,"))
        let markdown = try ops("googlenet", "--by", "operator", "--markdown").output
        #expect(markdown.contains("\n| --- | ---: |"))
    }

    @Test("a ledger is asserted: 0 if counts agree, 65 with the difference if they do not") func asserting() throws {
        try withTemporaryFolder { folder in
            let ledger = folder + "/ledger.json"
            try ops("alexnet", "--json").output.write(toFile: ledger, atomically: true, encoding: .utf8)
            #expect(try ops("alexnet", "--assert", ledger).status == 0)
            let other = try ops("alexnet", "--classes", "10", "--assert", ledger)
            #expect(other.status == 65)
            #expect(other.output.contains("fc8: 4096000 MACs stored, 40960 found"))
            try "{\"model\": 1".write(toFile: ledger, atomically: true, encoding: .utf8)
            let broken = try ops("alexnet", "--assert", ledger)
            #expect(broken.status == 65)
            #expect(broken.errors.contains("ledger.json"))
            #expect(try ops("alexnet", "--assert", folder + "/none.json").status == 66)
        }
    }

    @Test(
        "options that contradict each other are wrong usage",
        arguments: [
            [], ["googlenet", "--paper", "--counted"], ["googlenet", "--json", "--csv"],
            ["googlenet", "--like", "nobody"], ["googlenet", "--like", "thop", "--convention", "flops"],
            ["googlenet", "--size", "0"], ["googlenet", "--paper", "--batch", "2"],
        ])
    func usage(arguments: [String]) throws {
        #expect(try DeeperProcess(["ops"] + arguments).status == 64)
    }

    @Test(
        "a size that the network cannot take names the network", arguments: [("googlenet", "46"), ("alexnet", "224")])
    func size(model: String, size: String) throws {
        let result = try ops(model, "--size", size)
        #expect(result.status == 65)
        #expect(result.errors.contains(model))
    }

    @Test("another network has no table 1") func paper() throws {
        let result = try ops("alexnet", "--paper")
        #expect(result.status == 65)
        #expect(result.errors.contains("table 1"))
    }
}
