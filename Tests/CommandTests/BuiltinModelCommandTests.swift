import DeeperTestSupport
import Foundation
import Testing

@Suite(
    "commands that use the model that comes with deeper",
    .enabled(if: DeeperProcess.exists, "the deeper executable was not built next to the tests"))
struct BuiltinModelCommandTests {
    private static let names = [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ]

    @Test("demo draws one picture of each class and names all of them; classify and eval agree")
    func drawings() throws {
        try withTemporaryFolder { folder in
            let demo = try DeeperProcess(["demo", "--json", "--pictures", "\(folder)/drawn"])
            #expect(demo.status == 0, "\(demo.errors)")
            #expect(try demo.json()["correct"] as? Int == 10)
            let rows = try #require(try demo.json()["pictures"] as? [[String: Any]])
            #expect(rows.compactMap { $0["answer"] as? String } == BuiltinModelCommandTests.names)

            let ship = try DeeperProcess([
                "classify", "--model", "builtin-int8", "--json", "--top", "1", "\(folder)/drawn/ship.png",
            ])
            #expect(ship.status == 0, "\(ship.errors)")
            let first = try #require((try ship.json()["top"] as? [[String: Any]])?.first)
            #expect(first["label"] as? String == "ship")
            #expect(first["score"] as? Double == rows[8]["score"] as? Double)

            let original = try DeeperProcess(["demo", "--json", "--precision", "float32"])
            #expect(try original.json()["correct"] as? Int == 10)

            // A folder with some of the classes: labels go by name.
            for name in ["cat", "ship", "truck"] {
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/set/\(name)", withIntermediateDirectories: true)
                try FileManager.default.copyItem(
                    atPath: "\(folder)/drawn/\(name).png", toPath: "\(folder)/set/\(name)/1.png")
            }
            let measured = try DeeperProcess(["eval", "--dataset", "folder:\(folder)/set", "--json"])
            #expect(measured.status == 0, "\(measured.errors)")
            #expect(try measured.json()["top1"] as? Double == 1)
            #expect(try measured.json()["model"] as? String == "builtin")
        }
    }

    @Test("classes that the model does not know are an error, not a wrong score")
    func unknownClass() throws {
        try withTemporaryFolder { folder in
            let demo = try DeeperProcess(["demo", "--pictures", "\(folder)/zebra"])
            #expect(demo.status == 0, "\(demo.errors)")
            let measured = try DeeperProcess(["eval", "--dataset", "folder:\(folder)"])
            #expect(measured.status == 65)
            #expect(measured.errors.contains("\"zebra\"") && measured.errors.contains("\"airplane\", \"automobile\""))
        }
    }

    @Test("weights need a network's name: 64")
    func weights() throws {
        let result = try DeeperProcess(["classify", "--weights", "w.onnx", "photo.jpg"])
        #expect(result.status == 64, "\(result.errors)")
    }
}
