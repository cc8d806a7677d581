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

    /// The cases that the catalogue's operators should pass: ONNX's own by the list, and all converted from PyTorch.
    static func usableNames() throws -> [String] {
        let names = try String(contentsOfFile: TestData.path(list), encoding: .utf8).split(separator: "\n")
        let folders = try FileManager.default.contentsOfDirectory(atPath: folder.get().appending(path: converted).path)
        return names.map(String.init) + folders.sorted()
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

    init(_ name: String) throws {
        self.name = name
        let folder = try BackendArchive.path(name)
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

    /// Where the model's answers differ from what is expected; nil if they do not.
    ///
    /// Elements a and b agree within |a - b| <= 1e-7 + 1e-3 |b|, the tolerance of ONNX's own runner.
    func difference(_ options: EngineOptions) throws -> String? {
        let engine = try Engine(model, options: options)
        guard !sets.isEmpty else { return "no test data" }
        for set in sets {
            let inputs = Dictionary(zip(model.inputs.map(\.name), set.inputs)) { first, _ in first }
            let results = try engine.run(inputs)
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
        for (index, (a, b)) in try zip(actual.doubles(), expected.doubles()).enumerated() {
            if a == b || a.isNaN && b.isNaN || abs(a - b) <= 1e-7 + 1e-3 * abs(b) { continue }
            return "element \(index) is \(a), expected \(b)"
        }
        return nil
    }
}
