internal import Deeper
internal import DeeperImport
public import DeeperTensors
internal import DeeperZoo
internal import FoundationEssentials

/// A checkpoint of a training run, with everything that is needed to continue with the same bits: a safetensors file
/// with weights under their own names, in ONNX's order, and the optimizer's memory.
public struct Checkpoint: Sendable {
    /// The number of finished steps.
    public let stepCount: Int
    /// The recipe of the run.
    public let configuration: TrainingConfiguration
    /// The names of the classes, if the training's data has them.
    public let classNames: [String]?
    /// The last measured accuracy of the first output; below 0 if none was measured.
    public let accuracy: Double
    let file: SafetensorsFile

    private enum Name {
        static let format = "deeper.checkpoint"
        static let version = "1"
        static let moments = "optimizer.moments"
        static let average = "average."
        static let classNames = "classes"
    }

    /// The name of the network's file next to the checkpoint, if the network is not one of the zoo's.
    public static let networkFile = "network.onnx"

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }

    /// Opens a checkpoint. If there is a file ``networkFile`` next to it, that file is its network, whatever path the
    /// configuration states.
    ///
    /// - Throws: `fileNotFound`; `invalidModel` if the file is not a checkpoint.
    public init(contentsOf path: String) throws {
        file = try SafetensorsFile(path: path)
        let texts = file.metadata
        (stepCount, configuration, classNames, accuracy) = try locating(path) {
            guard texts[Name.format] == Name.version, let steps = texts["steps"].flatMap({ Int($0) }),
                (0...1 << 40).contains(steps),
                let json = texts["configuration"]
            else { throw DeeperError(.invalidModel, "no checkpoint of deeper train, or one of another version") }
            var configuration = try TrainingConfiguration(json: json)
            let kept = Checkpoint.folder(of: path) + Checkpoint.networkFile
            if !ModelZoo.names.contains(configuration.network), FileManager.default.fileExists(atPath: kept) {
                configuration.network = kept
            }
            let names = try locating(Name.classNames) {
                try texts[Name.classNames].map(ClassLabels.labels(json:))
            }
            return (steps, configuration, names, texts["accuracy"].flatMap { Double($0) } ?? -1)
        }
    }

    /// Refuses weight names that the file uses for something else.
    static func checkNames(_ parameters: ParameterTable) throws {
        for parameter in parameters.parameters
        where parameter.name == Name.moments || parameter.name.hasPrefix(Name.average) {
            throw DeeperError(.unsupported, "a checkpoint has this name for something else")
                .within("weight \"\(parameter.name)\"")
        }
    }

    /// The names of the weights.
    public var weightNames: [String] {
        file.names.filter { $0 != Name.moments && !$0.hasPrefix(Name.average) }
    }

    /// A weight, or its average if `isAveraged` and the training kept one.
    ///
    /// - Throws: `invalidInput` if there is none of this name.
    public func weight(_ name: String, isAveraged: Bool) throws -> Tensor {
        if isAveraged, file.entry(named: Name.average + name) != nil {
            return try file.tensor(named: Name.average + name)
        }
        return try file.tensor(named: name)
    }

    /// Writes a trainer's state, atomically.
    ///
    /// - Throws: as ``SafetensorsFile/write(_:metadata:halvesFloats:to:)``.
    static func write(
        _ trainer: Trainer, _ configuration: TrainingConfiguration, classNames: [String]?, accuracy: Double,
        to path: String
    ) throws {
        var tensors: [(name: String, tensor: Tensor)] = []
        let weights = try trainer.weightTensors(), averages = try trainer.weightTensors(isAveraged: true)
        for parameter in trainer.parameters.parameters {
            if let tensor = weights[parameter.name] { tensors.append((parameter.name, tensor)) }
        }
        if trainer.average != nil {
            for parameter in trainer.parameters.parameters {
                if let tensor = averages[parameter.name] { tensors.append((Name.average + parameter.name, tensor)) }
            }
        }
        let moments = trainer.moments.all
        tensors.append((Name.moments, try Tensor(moments, shape: try Shape(validating: [moments.count]))))
        var texts = [
            Name.format: Name.version, "steps": String(trainer.stepCount), "configuration": configuration.json,
            "accuracy": String(accuracy),
        ]
        texts[Name.classNames] = try classNames.map(ClassLabels.json)
        try SafetensorsFile.write(tensors, metadata: texts, to: path)
    }

    /// Refuses to continue with pictures whose classes are different or in a different order, because labels would
    /// change their meaning.
    ///
    /// - Throws: `invalidInput`, naming the first class that differs.
    func checkClasses(_ names: [String]?) throws {
        guard let classNames, let names, names != classNames else { return }
        let place = zip(classNames, names).enumerated().first { $0.element.0 != $0.element.1 }
        throw DeeperError(
            .invalidInput,
            place.map {
                "class \($0.offset) is \"\($0.element.0)\" in the checkpoint and \"\($0.element.1)\" in the training "
                    + "pictures; a training run can only continue with the same classes"
            }
                ?? "the checkpoint has \(classNames.count) classes, the training pictures have \(names.count); a "
                + "training run can only continue with the same classes"
        ).within(file.path)
    }

    /// Restores this state in a trainer.
    ///
    /// - Throws: `invalidInput` if the trainer's network has other weights.
    func restore(_ trainer: Trainer) throws {
        try locating(file.path) {
            try trainer.load { try file.tensor(named: $0).elements(as: Float.self) }
            if let average = trainer.average {
                for parameter in trainer.parameters.parameters {
                    let values = try weight(parameter.name, isAveraged: true)
                    guard values.shape.elementCount == parameter.range.count else {
                        throw DeeperError(
                            .invalidInput, "its average has shape \(values.shape), not \(parameter.shape)"
                        )
                        .within("weight \"\(parameter.name)\"")
                    }
                    average[parameter.range] = parameter.toTraining(try values.elements(as: Float.self))
                }
            }
            let moments = try file.tensor(named: Name.moments).elements(as: Float.self)
            guard moments.count == trainer.moments.count else {
                throw DeeperError(
                    .invalidInput,
                    "\(moments.count) numbers of the optimizer, the network needs \(trainer.moments.count)")
            }
            trainer.moments.all = moments
            trainer.stepCount = stepCount
        }
    }
}
