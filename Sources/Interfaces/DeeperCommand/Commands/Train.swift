#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperImport
import DeeperTensors
import DeeperTraining
import DeeperZoo
import FoundationEssentials
import Glibc

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a network.",
        discussion: """
            RECIPE is a configuration file (JSON; comments allowed) or the name of one that comes with deeper: \
            \(ReadyRecipe.allCases.map(\.rawValue).joined(separator: ", ")). --show prints it with all \
            fields filled in.

            The output folder gets checkpoint.safetensors (after every epoch, every few minutes, at SIGHUP, SIGINT and \
            SIGTERM), steps.csv, tests.csv, curve.svg, recipe.json, labels.txt, and network.onnx if the network is a \
            file. --resume continues from the checkpoint and gives the same bits as an uninterrupted run. Exit codes \
            129, 130 and 143 mean that a signal stopped the training and that everything is saved.
            """)

    @Option(name: [.customLong("config"), .customShort("c")], help: "A configuration file or a recipe's name.")
    var recipe: String

    @Option(
        parsing: .upToNextOption,
        help: "Training pictures, instead of the recipe's: CIFAR-10 batches (.bin), DIR with CLASS/FILE, MNIST.")
    var train: [String] = []

    @Option(parsing: .upToNextOption, help: "Test pictures, instead of the recipe's.")
    var test: [String] = []

    @Option(name: [.customShort("o"), .long], help: "The folder for everything that the training writes.")
    var output: String?

    @Option(help: "The network, instead of the recipe's: a built-in one or an ONNX file.")
    var network: String?

    @Option(help: "Epochs, instead of the recipe's.")
    var epochs: Int?

    @Option(help: "Stop after this many steps, as a signal would.")
    var steps: Int?

    @Option(help: "Initial weights by name, instead of the recipe's: an ONNX or safetensors file.")
    var weights: String?

    @Option(help: "Threads that compute (default: the CPUs this process may use).")
    var threads: Int?

    @Option(help: "Memory limit in MiB of a step, of the training pictures and of the test pictures, each.")
    var memoryLimit: Int = 16384

    @Option(help: "Steps between two rows of steps.csv.")
    var logEvery: Int = 10

    @Flag(help: "Continue from the folder's checkpoint.")
    var resume = false

    @Flag(help: "Start over even if the folder has a checkpoint.")
    var overwrite = false

    @Flag(help: "Print the recipe with every field filled in, and do nothing else.")
    var show = false

    @Flag(help: "Print the outcome as JSON.")
    var json = false

    func validate() throws {
        guard (1...1024).contains(threads ?? 1), logEvery > 0, (epochs ?? 1) > 0, (steps ?? 1) > 0 else {
            throw ValidationError("--threads must be 1 to 1024; --log-every, --epochs and --steps at least 1")
        }
        guard (1...1 << 24).contains(memoryLimit) else {
            throw ValidationError("--memory-limit must be 1 to 16777216")
        }
        guard show || output != nil else { throw ValidationError("--output DIR is missing") }
        guard !(resume && overwrite) else { throw ValidationError("--resume and --overwrite exclude each other") }
    }

    func run() throws {
        var recipe = try configured()
        guard let output, !show else { return Console.print(recipe.json) }
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        let checkpoint = "\(output)/checkpoint.safetensors"
        if !resume, !overwrite, FileManager.default.fileExists(atPath: checkpoint) {
            throw DeeperError(
                .invalidInput, "there is a checkpoint already; --resume continues it, --overwrite starts over"
            ).within(checkpoint)
        }
        let network = "\(output)/\(Checkpoint.networkFile)"
        let isFile = !ModelZoo.names.contains(recipe.network)
        if isFile, resume, FileManager.default.fileExists(atPath: network) { recipe.network = network }
        let stop = StopSignal()
        let run = try TrainingRun(
            recipe, checkpoint: checkpoint, resumes: resume, threads: threads ?? CPUs.available,
            memoryLimitBytes: memoryLimit << 20, limits: .command)
        // Stopped before the first step: nothing of an earlier run is touched.
        guard stop.number == 0 else { throw ExitCode(128 + stop.number) }
        let skipped = SkipReport(run.skipped)
        for note in run.notes { Console.warn("note: \(note)") }
        // Otherwise --resume would continue from it if this run ended before its own first checkpoint.
        if overwrite, FileManager.default.fileExists(atPath: checkpoint) {
            try FileManager.default.removeItem(atPath: checkpoint)
        }
        // A copy, so that the checkpoint does not depend on where the file was.
        if isFile, recipe.network != network {
            let file = try Model(contentsOf: URL(fileURLWithPath: recipe.network))
            try ONNXModel.write(file.graph, metadata: file.metadata, to: network)
        }
        if !run.changedFields.isEmpty {
            Console.warn(
                "note: the checkpoint was made with other values of \(run.changedFields.joined(separator: ", ")); "
                    + "this run goes on with the new ones")
        }
        try Data((recipe.json + "\n").utf8).write(to: URL(fileURLWithPath: "\(output)/recipe.json"), options: .atomic)
        if let names = run.classNames {
            try Data((names.joined(separator: "\n") + "\n").utf8).write(
                to: URL(fileURLWithPath: "\(output)/labels.txt"), options: .atomic)
        }
        var report = try TrainingReport(run, recipe: self.recipe, folder: output, logEvery: logEvery, skipped: skipped)
        let first = run.trainer.stepCount
        let outcome = try run.run(
            shouldStop: { stop.number != 0 || steps.map { run.trainer.stepCount - first >= $0 } ?? false },
            onStep: { try report.add($0) }, onMeasurement: { try report.add($0) })
        try report.finish(outcome, signal: stop.number, isJSON: json)
        if outcome == .stopped, stop.number != 0 { throw ExitCode(128 + stop.number) }
    }

    private func configured() throws -> TrainingConfiguration {
        var recipe = try ReadyRecipe(rawValue: recipe)?.configuration() ?? TrainingConfiguration(contentsOf: recipe)
        if !train.isEmpty { recipe.data.train = train }
        if !test.isEmpty { recipe.data.test = test }
        if let network { recipe.network = network }
        if let epochs { recipe.epochs = epochs }
        if let weights { recipe.initial.weights = weights }
        return recipe
    }
}
#endif
