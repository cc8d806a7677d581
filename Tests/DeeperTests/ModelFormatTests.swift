import Deeper
import DeeperGraphs
import DeeperImport
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// A format of three lines, as CONTRIBUTING has it: a mark, the input's extent, then operators one a line.
private enum ToyFormat: ModelFormat {
    static let name = "toy"
    static let endings = [".toy"]
    private static let mark = "toy network\n"

    static func recognises(_ start: [UInt8], path: String) -> Bool { start.starts(with: mark.utf8) }

    static func read(path: String, weights: String?, copies: Bool) throws -> ModelContents {
        try locating(path) {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let lines = text.dropFirst(mark.count).split(separator: "\n").map(String.init)
            guard let first = lines.first, let extent = Int(first) else {
                throw DeeperError(.invalidModel, "line 2 is no number")
            }
            var builder = GraphBuilder(name: "toy")
            var value = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(extent)]))
            for (index, line) in lines.dropFirst().enumerated() {
                value = try locating("line \(index + 3)") { try builder.node(line, "\(line)\(index)", [value]) }
            }
            builder.output(value)
            return ModelContents(graph: builder.graph, metadata: ["deeper.labels": "[\"a\", \"b\"]"])
        }
    }
}

@Suite struct ModelFormatTests {
    private let formats: [any ModelFormat.Type] = [ToyFormat.self] + ModelFormats.all

    private func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
        let path = NSTemporaryDirectory() + "deeper-format-\(UUID().uuidString)"
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    @Test("a new format is recognised by its first bytes, and its models run and carry labels")
    func toy() throws {
        try withFile("toy network\n2\nNeg\nRelu\n") { path in
            let model = try Model(path: path, formats: formats)
            #expect(model.labels == ["a", "b"] && model.source == path)
            let outputs = try Engine(model).runBlocking(["x": Tensor([1, -2] as [Float], shape: [1, 2])])
            #expect(try outputs["Relu1"]?.elements(as: Float.self) == [0, 2])
        }
    }

    @Test(
        "files of other kinds are named, with what to do",
        arguments: [
            ("a.keras", "PK\u{3}\u{4}", "a Keras file"), ("a.pt", "PK\u{3}\u{4}", "a PyTorch file"),
            ("a.zip", "PK\u{3}\u{4}", "a ZIP archive"), ("a.xml", "<?xml version", "XML file"),
            ("a.param", "7767517\n", "an ncnn file"),
        ])
    func others(name: String, start: String, text: String) throws {
        let folder = NSTemporaryDirectory() + "deeper-format-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/" + name
        try Data(start.utf8).write(to: URL(filePath: path))
        let error = try #require(throws: DeeperError.self) { try Model(contentsOf: path) }
        #expect(error.code == .unsupported && "\(error)".contains(path) && "\(error)".contains(text))
    }

    @Test("errors name the file and the line")
    func wrong() throws {
        try withFile("toy network\n2\nNonsense\n") { path in
            let error = try #require(throws: DeeperError.self) { try Model(path: path, formats: formats) }
            #expect(error.code == .unsupported && "\(error)".contains(path) && "\(error)".contains("line 3"))
        }
    }

    @Test("formats are asked in order, and a file that none recognises is refused with their names")
    func order() throws {
        try withFile("toy network\n2\n") { path in
            let error = try #require(throws: DeeperError.self) {
                try Model(path: path, formats: [ModelFormats.all[0]])
            }
            #expect(error.code == .invalidModel && error.message.contains("compiled by deeper"))
            // ONNX is tried for all remaining files, and reports why a file is not ONNX.
            #expect(try errorCode { _ = try Model(path: path, formats: ModelFormats.all) } == .invalidModel)
        }
        #expect(try errorCode { _ = try Model(path: "/no/such/file", formats: formats) } == .fileNotFound)
    }
}
