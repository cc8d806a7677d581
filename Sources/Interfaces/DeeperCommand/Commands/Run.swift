#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperImport
import DeeperTensors
import FoundationEssentials

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a model on tensors from files.",
        discussion:
            "Prints name, type and shape of each output, the file it was written to and the time of the run.")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case npy, pb
    }

    @Argument(help: "An ONNX, TFLite or prototxt file, or a built-in network.")
    var model: String

    @Option(name: .customLong("input"), help: "NAME=FILE, once for each input; NumPy .npy or ONNX .pb.")
    var inputs: [String] = []

    @Option(help: "Folder for the outputs, created if it does not exist.")
    var outputDir: String

    @Option(help: "Format of the outputs: npy or pb.")
    var format: Format = .npy

    @OptionGroup var weights: WeightOptions
    @OptionGroup var engine: EngineArguments

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let engine = try engine.engine(try weights.model(model, for: .answers))
        let tensors = try readInputs(inputs)
        let start = ContinuousClock.now
        _ = try engine.plan(for: tensors)
        let prepared = ContinuousClock.now
        let outputs = try engine.runBlocking(tensors)
        let end = ContinuousClock.now
        do {
            try FileManager.default.createDirectory(atPath: outputDir, withIntermediateDirectories: true)
        } catch {
            throw DeeperError(.fileNotFound, "the folder cannot be created: \(fileReason(error))").within(
                outputDir)
        }
        var report = Report(
            outputs: [], prepareMilliseconds: milliseconds(prepared - start),
            runMilliseconds: milliseconds(end - prepared))
        // Two names may become the same file name.
        var taken: Set<String> = []
        for name in engine.model.outputNames {
            guard let tensor = outputs[name] else { continue }
            var file = fileName(name)
            while !taken.insert(file).inserted { file += "_" }
            let path = "\(outputDir)/\(file).\(format.rawValue)"
            switch format {
            case .npy: try NPYFile.write(tensor, to: path)
            case .pb: try ONNXTensorFile.write(tensor, name: name, to: path)
            }
            report.outputs.append(
                .init(name: name, type: tensor.elementType.rawValue, shape: tensor.shape.dimensions, file: path))
        }
        if json { return try Console.printJSON(report) }
        for output in report.outputs {
            Console.print(
                "\(output.name) \(output.type)\(Shape(output.shape)) \(fixed(report.runMilliseconds, 3)) ms -> \(output.file)"
            )
        }
        Console.warn("prepared in \(fixed(report.prepareMilliseconds, 1)) ms")
    }

    private struct Report: Encodable {
        struct Output: Encodable {
            let name: String
            let type: String
            let shape: [Int]
            let file: String
        }
        var outputs: [Output]
        let prepareMilliseconds: Double
        let runMilliseconds: Double

        enum CodingKeys: String, CodingKey {
            case outputs
            case prepareMilliseconds = "prepare_ms"
            case runMilliseconds = "run_ms"
        }
    }

    /// An output's name as a file name.
    private func fileName(_ name: String) -> String {
        let safe = String(name.map { $0.isLetter || $0.isNumber || "._-".contains($0) ? $0 : "_" })
        return safe.hasPrefix(".") ? "_" + safe : safe
    }
}

/// Reads tensors given as NAME=FILE.
func readInputs(_ arguments: [String]) throws -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for argument in arguments {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { throw ValidationError("--input must be NAME=FILE, not \(argument)") }
        let path = String(parts[1])
        result[String(parts[0])] =
            path.hasSuffix(".pb") ? try ONNXTensorFile.read(path: path) : try NPYFile.read(path: path)
    }
    return result
}

func milliseconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) * 1e3 + Double(duration.components.attoseconds) / 1e15
}
#endif
