import Deeper
import DeeperGraphs
import DeeperImport
import DeeperTensors
import DeeperTestSupport
import Foundation

/// ONNX's backend tests, unpacked once a process into a folder that goes with it.
enum BackendArchive {
    private static let own = "node"
    private static let converted = "pytorch-converted"
    private static let list = "onnx/node_cases.txt"

    static let isPresent = ["onnx/\(own).tar.gz", "onnx/\(converted).tar.gz", list].allSatisfy(TestData.has)

    private static let folder = Result { try unpack() }

    private static func unpack() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "deeper-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        atexit { try? FileManager.default.removeItem(at: BackendArchive.folder.get()) }
        for archive in [own, converted] {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = ["tar", "-xzf", TestData.path("onnx/\(archive).tar.gz"), "-C", folder.path]
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                throw DeeperError(.invalidInput, "tar ended with code \(process.terminationStatus)").within(archive)
            }
        }
        return folder
    }

    /// All cases of ONNX's own.
    static func ownNames() throws -> [String] { try names(in: own) }

    /// The cases that deeper should pass: all that are not ``skippedNames()``, and those converted from PyTorch.
    static func usableNames() throws -> [String] {
        let skipped = Set(try skippedNames())
        return try ownNames().filter { !skipped.contains($0) } + names(in: converted)
    }

    /// The cases of ``usableNames()`` that belong to an engine for image networks, by the archive's own list.
    static func imageNames() throws -> Set<String> {
        let names = try String(contentsOfFile: TestData.path(list), encoding: .utf8).split(separator: "\n")
        return Set(names.map(String.init)).union(try self.names(in: converted))
    }

    /// The cases that are refused, from the list next to this file, which says what each needs.
    static func skippedNames() throws -> [String] {
        let list = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "skipped-cases.txt")
        return try String(contentsOf: list, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map(String.init)
    }

    private static func names(in archive: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.get().appending(path: archive).path).sorted()
    }

    /// The folder of a case.
    ///
    /// - Throws: `fileNotFound` if there is no such case.
    static func path(_ name: String) throws -> String {
        let places = try [own, converted].map { try folder.get().appending(path: "\($0)/\(name)").path }
        guard let path = places.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            throw DeeperError(.fileNotFound, "no case of this name").within(name)
        }
        return path
    }
}

/// One of ONNX's backend tests: a model, and what it answers to given inputs.
struct BackendCase {
    let name: String
    let model: Model
    private let sets: [(inputs: [Tensor], outputs: [Tensor])]

    init(_ name: String) throws { try self.init(folder: BackendArchive.path(name), named: name) }

    /// A case in a folder of its own.
    init(folder: String, named name: String) throws {
        self.name = name
        model = try Model(contentsOf: URL(filePath: "\(folder)/model.onnx"))
        sets = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("test_data_set_") }
            .sorted().map { set in
                let count = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(set)").count
                func tensors(_ prefix: String) throws -> [Tensor] {
                    try (0..<count).map { "\(folder)/\(set)/\(prefix)_\($0).pb" }
                        .filter(FileManager.default.fileExists).map(ONNXTensorFile.read)
                }
                return (try tensors("input"), try tensors("output"))
            }
    }

    /// What the model answers to the first set of inputs, and what it should, by the outputs' names.
    func answers(_ options: EngineOptions) throws -> [String: Tensor] {
        let inputs = Dictionary(zip(model.inputs.map(\.name), sets[0].inputs)) { first, _ in first }
        return try Engine(model, options: options).runBlocking(inputs)
    }

    func expected() throws -> [(output: String, tensor: Tensor)] { Array(zip(model.outputNames, sets[0].outputs)) }

    /// Where the model's answers differ from what is expected; nil if they do not.
    ///
    /// Elements a and b agree within |a - b| <= 1e-7 + 1e-3 |b|, the tolerance of ONNX's own runner, bfloat16 within
    /// two steps, because its cases are written with every operation rounded, and integers exactly.
    func difference(_ options: EngineOptions) throws -> String? {
        let engine = try Engine(model, options: options)
        guard !sets.isEmpty else { return "no test data" }
        for set in sets {
            let inputs = Dictionary(zip(model.inputs.map(\.name), set.inputs)) { first, _ in first }
            let results = try engine.runBlocking(inputs)
            guard !set.outputs.isEmpty, set.outputs.count <= model.outputNames.count else {
                return "\(set.outputs.count) outputs expected, the model has \(model.outputNames.count)"
            }
            for (output, expected) in zip(model.outputNames, set.outputs) {
                guard let actual = results[output] else { return "output \(output) is missing" }
                if let difference = try BackendCase.difference(actual, expected) {
                    return "output \(output): \(difference)"
                }
            }
        }
        return nil
    }

    static func difference(_ actual: Tensor, _ expected: Tensor) throws -> String? {
        guard actual.elementType == expected.elementType, actual.shape == expected.shape else {
            return "\(actual.elementType)\(actual.shape), expected \(expected.elementType)\(expected.shape)"
        }
        if expected.elementType.isInteger {
            return try actual.isIdentical(to: expected) ? nil : "the integers differ"
        }
        let tolerance = expected.elementType == .bfloat16 ? 0x1p-6 : 1e-3
        for (index, (a, b)) in try zip(actual.doubles(), expected.doubles()).enumerated() {
            if a == b || a.isNaN && b.isNaN || abs(a - b) <= 1e-7 + tolerance * abs(b) { continue }
            return "element \(index) is \(a), expected \(b)"
        }
        return nil
    }
}
