#if CommandLine && Server
public import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperImaging
import DeeperModelServing
import DeeperServing
import DeeperTensors
import FoundationEssentials
import Glibc
public import Logging

struct DeeperServerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deeper-server",
        abstract: "Serve models over HTTP and gRPC.",
        discussion: """
            Implements the Open Inference Protocol, as Triton and KServe do, so that their clients work unchanged. / \
            is a page for browsers, /metrics has metrics for Prometheus, and POST /v2/models/NAME/classify accepts a \
            picture file. Without a model, the one that comes with deeper is served as builtin.

            Settings come from flags, from environment variables (\(ServingConfiguration.variable(of: "max-batch")) \
            for --max-batch; DEEPER_TOKEN is the bearer token itself) and from the file of --config, in this order of \
            precedence. SIGTERM and SIGINT end the server once accepted requests are answered; SIGHUP makes it reload \
            certificates and models that have changed.

            Exit codes: 0 after a signal, 64 wrong usage, 65 bad input (model, setting), 66 missing file, 70 a fault \
            of deeper itself.
            """,
        version: DeeperVersion.text)

    @Option(
        name: .customLong("model"),
        help: """
            NAME=MODEL: a model file, a folder with a model file or with one subfolder per version, a built-in \
            network, builtin, or builtin-int8.
            """
    )
    var models: [String] = []

    @Option(help: "NAME=FILE: names of a model's classes, one per line (default: the model's own).")
    var labels: [String] = []

    @Option(
        help: """
            NAME=PRESET: how pictures are prepared, \(Preprocessing.presetNames.joined(separator: ", ")) (default: as \
            the model says, otherwise caffe).
            """)
    var preset: [String] = []

    @Option(
        help: """
            E or NAME=E: height and width of the pictures with which all models, or one of them, are warmed up when \
            they load, if the model does not fix them (default: one that fits).
            """)
    var warmupSize: [String] = []

    @Option(
        help: """
            NAME=INPUT=1,3,480,640: the whole shape of an input with which the model is warmed up; INPUT= may be left \
            out if the model has only one input.
            """)
    var warmupShape: [String] = []

    @OptionGroup var serving: ServeOptions
    @OptionGroup var weights: WeightOptions
    @OptionGroup var engine: EngineArguments

    @Option(help: "Lowest level to log: trace, debug (every request), info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .info

    @Option(help: "Format of log lines: text or json.")
    var logFormat: ConsoleLogHandler.Format = .text

    @Option(help: "A file to which one line of JSON is appended per request; SIGHUP reopens it.")
    var accessLog: String?

    func run() throws {
        FileDescriptorLimit.raise()
        let settings = try settings()
        // Checked before any model loads: a server that started without this model would hide the mistake.
        try weights.checkUse(for: settings.models.map(\.path))
        for source in settings.models where !FileManager.default.fileExists(atPath: source.path) {
            try weights.checkWeights(of: source.path)
        }
        let level = logLevel
        let format = logFormat
        let errors = try LineWriter(STDERR_FILENO) { count in
            let text = "\(count) log lines were dropped because they could not be written in time"
            return format == .json ? "{\"level\":\"warning\",\"message\":\"\(text)\"}" : text
        }
        defer { errors.finish() }
        let logger = Logger(label: "deeper") { _ in ConsoleLogHandler(level: level, format: format, writer: errors) }
        let access = try accessLog.map { path in try LineWriter(appendingTo: path) { "{\"dropped\":\($0)}" } }
        defer { access?.finish() }
        // ArgumentParser's values cannot leave this thread, so the closure that reads models later captures this copy.
        let weights = weights
        let server = try InferenceServer(
            settings, options: try engine.options(defaultThreads: settings.threads), logger: logger,
            accessLog: access.map(DeeperServerCommand.recorder),
            reader: { try weights.model($0, for: .answers, isChecked: true, copiesFiles: true) })
        let command = UncheckedSendable(self)
        try Waiting.wait {
            let settings: @Sendable () throws -> ServingConfiguration = {
                try access?.reopen()
                return try command.value.settings()
            }
            try await server.run(rereading: settings) { address in
                logger.info("listening on \(address)")
            }
        }
    }

    /// Safe because ArgumentParser's values are only read after they have been parsed.
    private struct UncheckedSendable: @unchecked Sendable {
        let value: DeeperServerCommand

        init(_ value: DeeperServerCommand) { self.value = value }
    }

    private static func recorder(_ writer: LineWriter) -> @Sendable (AccessRecord) -> Void {
        { record in writer.write(line(record)) }
    }

    /// A record as one line of JSON, with the time.
    private static func line(_ record: AccessRecord) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Numbers and strings can always be encoded.
        let fields = (try? encoder.encode(record)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        return "{\"time\":\"\(ConsoleLogHandler.time)\"," + fields.dropFirst()
    }

    private func settings() throws -> ServingConfiguration {
        var settings = try serving.configuration()
        if let threads = engine.threads { settings.threads = threads }
        for text in warmupSize where !text.contains("=") {
            try locating("--warmup-size") { try settings.set("warmup-size", to: text) }
        }
        try addModels(to: &settings)
        return settings
    }

    private func addModels(to settings: inout ServingConfiguration) throws {
        for text in models {
            let (name, path) = try DeeperServerCommand.pair(text, "--model")
            settings.models.removeAll { $0.name == name }
            settings.models.append(settings.source(name: name, path: path))
        }
        if settings.models.isEmpty, settings.modelFolder == nil {
            settings.models = [settings.source(name: WeightOptions.builtin, path: ModelSource.builtinPath)]
        }
        for text in labels {
            let (name, file) = try DeeperServerCommand.pair(text, "--labels")
            try DeeperServerCommand.change(&settings, name, "--labels") { $0.labels = try ClassLabels.read(file) }
        }
        for text in preset {
            let (name, preset) = try DeeperServerCommand.pair(text, "--preset")
            try DeeperServerCommand.change(&settings, name, "--preset") {
                $0.preprocessing = try Preprocessing.preset(named: preset)
            }
        }
        try addWarmUp(to: &settings)
    }

    private func addWarmUp(to settings: inout ServingConfiguration) throws {
        for text in warmupSize where text.contains("=") {
            let (name, number) = try DeeperServerCommand.pair(text, "--warmup-size")
            guard let extent = Int(number) else {
                throw ValidationError("--warmup-size is \"\(text)\", expected an integer or NAME=INTEGER")
            }
            try DeeperServerCommand.change(&settings, name, "--warmup-size") { $0.warmUpExtent = extent }
        }
        var shapes: [String: [InputShape]] = [:]
        for text in warmupShape {
            let (name, value) = try DeeperServerCommand.pair(text, "--warmup-shape")
            guard let shape = InputShape(value) else {
                throw ValidationError(
                    "--warmup-shape is \"\(text)\", expected NAME=INPUT=EXTENT,EXTENT,..., such as m=images=1,3,640,640"
                )
            }
            shapes[name, default: []].append(shape)
        }
        for (name, given) in shapes {
            try DeeperServerCommand.change(&settings, name, "--warmup-shape") { $0.warmUpShapes = given }
        }
    }

    private static func pair(_ text: String, _ flag: String) throws -> (String, String) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw ValidationError("\(flag) is \"\(text)\", expected NAME=VALUE") }
        return (parts[0], parts[1])
    }

    private static func change(
        _ settings: inout ServingConfiguration, _ name: String, _ flag: String,
        _ body: (inout ModelSource) throws -> Void
    ) throws {
        guard let index = settings.models.firstIndex(where: { $0.name == name }) else {
            throw ValidationError("\(flag) names the model \(name), which is not served")
        }
        try body(&settings.models[index])
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
#endif
