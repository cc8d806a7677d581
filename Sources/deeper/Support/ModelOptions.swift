#if CommandLine
public import ArgumentParser
import BuiltinModel
import Deeper
import FoundationEssentials
import Graphs
import Imaging
public import Kernels
import ModelImport
import ModelZoo
import Tensors

/// What a command needs a network's weights for.
enum WeightUse {
    /// Shapes and counts, for which zeros are enough.
    case counts
    /// Times, plans and rounding errors, for which random numbers are enough.
    case measurements
    /// Answers, or files that will give answers. Random numbers are taken only if the user asks for them.
    case answers
}

/// Where a built-in network takes its weights from.
struct WeightOptions: ParsableArguments {
    @Option(help: "Weights of a built-in network: an ONNX or safetensors file with Caffe's names.")
    var weights: String?

    @Flag(help: "Use random weights for a built-in network; its answers then mean nothing.")
    var randomWeights = false

    @Option(help: "Seed of a built-in network's random weights.")
    var seed: UInt64 = 1

    @Option(help: "Classes of a built-in network.")
    var classes: Int = 1000

    /// The name of the model that comes with deeper, weights and all.
    static let builtin = "builtin"

    func validate() throws {
        guard weights == nil || !randomWeights else {
            throw ValidationError("--weights and --random-weights exclude each other")
        }
    }

    /// Whether a name is that of a network that would get random weights.
    func isRandom(_ name: String) -> Bool { weights == nil && ModelZoo.names.contains(name) }

    /// Refuses random weights that the user did not ask for.
    func checkWeights(of name: String) throws {
        guard isRandom(name), !randomWeights else { return }
        throw ValidationError(
            "\(name) is a network without weights; give a file with --weights, or --random-weights for random ones, "
                + "whose answers mean nothing")
    }

    /// Reads a file or builds a network.
    ///
    /// - Parameter extent: height and width of a built-in network's pictures; nil stands for the usual ones.
    func model(_ name: String, for use: WeightUse, extent: Int? = nil) throws -> Model {
        if name == WeightOptions.builtin {
            guard weights == nil else { throw ValidationError("--weights needs the name of a network") }
            guard [nil, InceptionCIFAR10.inputExtent].contains(extent) else {
                throw DeeperError(
                    .invalidInput,
                    "\(name) takes pictures of \(InceptionCIFAR10.inputExtent) x \(InceptionCIFAR10.inputExtent) only")
            }
            return try BuiltinModel.model()
        }
        guard ModelZoo.names.contains(name) else {
            if name.hasSuffix(".safetensors") {
                throw DeeperError(
                    .unsupported,
                    "\(name) holds weights without a network; use --weights with one of "
                        + ModelZoo.names.joined(separator: ", "))
            }
            return try Model(contentsOf: URL(fileURLWithPath: name))
        }
        if use == .answers {
            try checkWeights(of: name)
            if isRandom(name) {
                Console.warn("note: \(name) has random weights of seed \(seed): its answers mean nothing")
            }
        }
        let (source, metadata) = try source(use)
        let graph = try ModelZoo.graph(named: name, classCount: classes, extent: extent, weights: source)
        return try locating(weights ?? name) { try Model(graph: graph, metadata: metadata) }
    }

    /// The weights, and the metadata of their file.
    private func source(_ use: WeightUse) throws -> (WeightSource, [String: String]) {
        guard let weights else { return (use == .counts ? .zeros : .seeded(seed), [:]) }
        if weights.hasSuffix(".safetensors") {
            let file = try SafetensorsFile(path: weights)
            return (.named { name, _ in try file.tensor(named: name) }, file.metadata)
        }
        let contents = try ONNXModel.contents(of: weights)
        return (.constants(of: contents.graph), contents.metadata)
    }
}

/// How the engine works.
struct EngineArguments: ParsableArguments {
    @Option(help: "Threads of one call (default: the CPUs this process may use).")
    var threads: Int?

    @Option(help: "Provider of matrix products: \(GemmChoice.allCases.map(\.rawValue).joined(separator: ", ")).")
    var gemm: GemmChoice = .auto

    @Option(
        help:
            "How convolutions may be computed: \(ConvolutionAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")) (default: auto; of check: direct)."
    )
    var algorithm: ConvolutionAlgorithm?

    @Option(
        help:
            "SIMD variant of deeper's own loops: \(InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")) (default: the best there is)."
    )
    var isa: InstructionSet?

    @Option(help: "A file of deeper tune: how convolutions were measured to be fastest.")
    var plan: String?

    @Flag(help: "Run the graph as the file has it, without simplification.")
    var rawGraph = false

    @Option(help: "The most memory in MiB that a plan may take.")
    var memoryLimit: Int = 16384

    func options(
        defaultThreads: Int? = nil, defaultAlgorithm: ConvolutionAlgorithm = .auto, callers: Int = 1
    ) throws -> EngineOptions {
        let count = threads ?? defaultThreads ?? CPUs.available
        guard (1...1024).contains(count) else { throw ValidationError("--threads must be 1 to 1024") }
        guard (1...1 << 24).contains(memoryLimit) else {
            throw ValidationError("--memory-limit must be 1 to 16777216")
        }
        return EngineOptions(
            threads: count, concurrentCalls: callers, gemm: gemm, algorithm: algorithm ?? defaultAlgorithm,
            tuning: try plan.map { try Tuning(contentsOf: URL(fileURLWithPath: $0)) }, instructionSet: isa,
            optimizesGraph: !rawGraph,
            memoryLimitBytes: memoryLimit << 20, setsBLASThreads: true)
    }

    /// - Parameter callers: calls that may run at once.
    func engine(_ model: Model, callers: Int = 1) throws -> Engine {
        let engine = try Engine(model, options: try options(callers: callers))
        for line in engine.advice { Console.warn("note: \(line)") }
        return engine
    }
}

extension GemmChoice: ExpressibleByArgument {}
extension ConvolutionAlgorithm: ExpressibleByArgument {}
extension InstructionSet: ExpressibleByArgument {}
#endif
