#if CommandLine
import Deeper
import DeeperGraphs
import DeeperImport
import DeeperTensors
import FoundationEssentials

/// One case of ONNX's backend tests: a model and its expected outputs.
struct BackendCase {
    enum Status: String, Encodable {
        case passed, failed, skipped
    }

    struct Outcome {
        let status: Status
        let reason: String?
    }

    let name: String
    private let model: String
    private let relativeTolerance: Double
    private let absoluteTolerance: Double
    private let dataSets: [DataSet]

    private struct DataSet {
        let name: String
        /// Files of the inputs; nil if the inputs count up.
        let inputs: [String]?
        let outputs: [String]
    }

    /// The case in a folder, or the cases in its subfolders.
    static func find(in directory: String) throws -> [BackendCase] {
        let manager = FileManager.default
        guard let entries = try? manager.contentsOfDirectory(atPath: directory).sorted() else {
            throw DeeperError(.fileNotFound, "not a folder").within(directory)
        }
        if entries.contains("model.onnx") { return [try BackendCase(folder: directory, entries)] }
        let models = entries.filter { $0.hasSuffix(".onnx") }
        if !models.isEmpty {
            return models.compactMap { file in
                let base = String(file.dropLast(5))
                let outputs = sorted(entries, prefix: "\(base)_output_")
                return outputs.isEmpty
                    ? nil
                    : BackendCase(
                        name: base, model: "\(directory)/\(file)", relativeTolerance: 1e-3, absoluteTolerance: 1e-7,
                        dataSets: [DataSet(name: base, inputs: nil, outputs: outputs.map { "\(directory)/\($0)" })])
            }
        }
        return try entries.flatMap { entry -> [BackendCase] in
            let path = "\(directory)/\(entry)"
            guard manager.fileExists(atPath: "\(path)/model.onnx") else { return [] }
            return try find(in: path)
        }
    }

    private init(
        name: String, model: String, relativeTolerance: Double, absoluteTolerance: Double, dataSets: [DataSet]
    ) {
        self.name = name
        self.model = model
        self.relativeTolerance = relativeTolerance
        self.absoluteTolerance = absoluteTolerance
        self.dataSets = dataSets
    }

    private init(folder: String, _ entries: [String]) throws {
        struct Tolerances: Decodable {
            let rtol: Double?
            let atol: Double?
        }
        let own = FileManager.default.contents(atPath: "\(folder)/data.json")
            .flatMap { try? JSONDecoder().decode(Tolerances.self, from: $0) }
        let sets = try entries.filter { $0.hasPrefix("test_data_set_") }.map { set in
            let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(set)")
            func paths(_ prefix: String) -> [String] {
                BackendCase.sorted(files, prefix: prefix).map { "\(folder)/\(set)/\($0)" }
            }
            return DataSet(name: set, inputs: paths("input_"), outputs: paths("output_"))
        }
        self.init(
            name: URL(fileURLWithPath: folder).lastPathComponent, model: "\(folder)/model.onnx",
            relativeTolerance: own?.rtol ?? 1e-3, absoluteTolerance: own?.atol ?? 1e-7, dataSets: sets)
    }

    /// The tensors `PREFIXn.pb` in the order of n.
    private static func sorted(_ files: [String], prefix: String) -> [String] {
        let numbered = files.compactMap { file -> (Int, String)? in
            guard file.hasPrefix(prefix), file.hasSuffix(".pb") else { return nil }
            return Int(file.dropFirst(prefix.count).dropLast(3)).map { ($0, file) }
        }
        return numbered.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// Runs all data sets of the case.
    func run(options: EngineOptions) -> Outcome {
        do {
            let engine = try Engine(try Model(contentsOf: URL(fileURLWithPath: model)), options: options)
            guard !dataSets.isEmpty else { return Outcome(status: .failed, reason: "no test data") }
            for set in dataSets {
                if let difference = try compare(engine, set) {
                    return Outcome(status: .failed, reason: "\(set.name): \(difference)")
                }
            }
            return Outcome(status: .passed, reason: nil)
        } catch let error as DeeperError where error.code == .unsupported {
            return Outcome(status: .skipped, reason: "\(error)")
        } catch {
            return Outcome(status: .failed, reason: "\(error)")
        }
    }

    private func compare(_ engine: Engine, _ set: DataSet) throws -> String? {
        let outputs = try engine.runBlocking(try inputs(engine.model, set))
        guard !set.outputs.isEmpty else { return "no expected outputs" }
        guard set.outputs.count <= engine.model.outputNames.count else {
            return "\(set.outputs.count) outputs expected, the model has \(engine.model.outputNames.count)"
        }
        for (name, path) in zip(engine.model.outputNames, set.outputs) {
            let expected = try ONNXTensorFile.read(path: path)
            guard let actual = outputs[name] else { return "output \(name) is missing" }
            if let difference = try describeDifference(actual, expected) { return "output \(name): \(difference)" }
        }
        return nil
    }

    private func inputs(_ model: Model, _ set: DataSet) throws -> [String: Tensor] {
        if let files = set.inputs {
            var names = model.inputs.map(\.name)
            // Further files replace the values of initialisers.
            if files.count > names.count { names = model.graph.inputs.map { model.graph.name(of: $0.value) } }
            guard files.count <= names.count else {
                throw DeeperError(.invalidInput, "\(files.count) input files, the model has \(names.count) inputs")
            }
            return Dictionary(zip(names, try files.map { try ONNXTensorFile.read(path: $0) })) { first, _ in first }
        }
        let types = try model.graph.declaredTypes()
        return Dictionary(
            uniqueKeysWithValues: try types.map { value, type in
                let count = type.shape.elementCount
                let numbers = (0..<count).map { Float(Double($0) / Double(count)) }
                return (model.graph.name(of: value), try Tensor(numbers, shape: type.shape))
            })
    }

    private func describeDifference(_ actual: Tensor, _ expected: Tensor) throws -> String? {
        guard actual.elementType == expected.elementType, actual.shape == expected.shape else {
            return "got \(actual.elementType)\(actual.shape), expected \(expected.elementType)\(expected.shape)"
        }
        func first<Element: Equatable>(_ found: [Element], _ wanted: [Element]) -> String? {
            zip(found, wanted).enumerated().first { $1.0 != $1.1 }
                .map { "element \($0) is \($1.0), expected \($1.1)" }
        }
        if expected.elementType == .uint64 {
            return first(try actual.elements(as: UInt64.self), try expected.elements())
        }
        if !expected.elementType.isFloatingPoint { return first(try actual.integers(), try expected.integers()) }
        // Two steps of bfloat16, which are wider than most tolerances: cases are written with every operation rounded.
        let tolerance = max(relativeTolerance, expected.elementType == .bfloat16 ? 0x1p-6 : 0)
        for (index, (a, b)) in try zip(actual.doubles(), expected.doubles()).enumerated() {
            if a == b || a.isNaN && b.isNaN { continue }
            // An infinity is only equal to itself; the formula would let it pass.
            guard a.isFinite, b.isFinite, abs(a - b) <= absoluteTolerance + tolerance * abs(b) else {
                return "element \(index) is \(a), expected \(b)"
            }
        }
        return nil
    }
}
#endif
