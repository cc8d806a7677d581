#if CommandLine
package import ArgumentParser
package import Deeper
package import DeeperBuiltinModel
import DeeperGraphs
import DeeperImport
import DeeperTensors
import DeeperZoo
import FoundationEssentials

/// The purpose for which a command needs a network's weights.
package enum WeightUse {
    /// Shapes and counts, for which zeros are enough.
    case counts
    /// Times, plans and rounding errors, for which random numbers are enough.
    case measurements
    /// Answers, or files that will give answers. Random numbers are used only if the user asks for them.
    case answers
}

/// Where a built-in network takes its weights from.
package struct WeightOptions: ParsableArguments {
    package init() {}

    @Option(
        help: """
            Weights of a built-in network: an ONNX or safetensors file with Caffe's names. \
            Weights of a prototxt file: a caffemodel file (default: the one next to it).
            """)
    package var weights: String?

    @Flag(help: "Use random weights for a built-in network; its answers then mean nothing.")
    package var randomWeights = false

    @Option(name: .customLong("seed"), help: "Seed of a built-in network's random weights (default: 1).")
    package var givenSeed: UInt64?

    @Option(name: .customLong("classes"), help: "Classes of a built-in network (default: 1000).")
    package var givenClasses: Int?

    package var seed: UInt64 { givenSeed ?? 1 }
    private var classes: Int { givenClasses ?? 1000 }

    /// The name of the model that comes with deeper, including its weights.
    package static let builtin = "builtin"

    /// The precision of the model that comes with deeper if `name` selects it; nil for the name of another model.
    package static func builtinPrecision(_ name: String) -> BuiltinModel.Precision? {
        switch name {
        case builtin: .float32
        case "builtin-int8": .int8
        default: nil
        }
    }

    package func validate() throws {
        guard weights == nil || !randomWeights else {
            throw ValidationError("--weights and --random-weights exclude each other")
        }
    }

    /// Whether the name is that of a built-in network that would get random weights.
    package func isRandom(_ name: String) -> Bool { weights == nil && ModelZoo.names.contains(name) }

    /// Refuses random weights that the user did not ask for.
    package func checkWeights(of name: String) throws {
        guard isRandom(name), !randomWeights else { return }
        throw ValidationError(
            "\(name) is a network without weights; give a file with --weights, or --random-weights for random ones, "
                + "whose answers mean nothing")
    }

    /// Refuses options that a model would ignore because it has its own weights.
    package func checkUse(for names: [String]) throws {
        let given: [(String, Bool)] = [
            ("--weights", weights != nil), ("--random-weights", randomWeights), ("--seed", givenSeed != nil),
            ("--classes", givenClasses != nil),
        ]
        // A prototxt file has its weights in another file.
        let isCaffe = names.contains(where: WeightOptions.isCaffe)
        guard let (option, _) = given.first(where: { $0.1 && !(isCaffe && $0.0 == "--weights") }),
            !names.contains(where: ModelZoo.names.contains)
        else { return }
        throw ValidationError(
            "\(option) is for the built-in networks \(ModelZoo.names.joined(separator: ", ")); "
                + "\(names.joined(separator: ", ")) \(isCaffe ? "takes only --weights" : "has weights of its own")")
    }

    /// Refuses one file of weights for several members of an ensemble, which would average a network with itself.
    package func checkEnsemble(of names: [String]) throws {
        try checkUse(for: names)
        let users = names.filter { ModelZoo.names.contains($0) || WeightOptions.isCaffe($0) }
        guard weights == nil || users.count <= 1 else {
            throw ValidationError("--weights is for one model, \(users.joined(separator: " and ")) would share it")
        }
    }

    /// Reads a file or builds a network.
    ///
    /// - Parameters:
    ///   - extent: height and width of a built-in network's pictures; nil selects the usual ones.
    ///   - isChecked: whether ``checkUse(for:)`` was called already, for several models that share the options.
    ///   - copiesFiles: whether files are copied into memory instead of being mapped, as a server should do because it
    ///     does not control what happens to them.
    package func model(
        _ name: String, for use: WeightUse, extent: Int? = nil, isChecked: Bool = false, copiesFiles: Bool = false
    ) throws -> Model {
        if !isChecked { try checkUse(for: [name]) }
        if let precision = WeightOptions.builtinPrecision(name) {
            guard [nil, InceptionCIFAR10.inputExtent].contains(extent) else {
                throw DeeperError(
                    .invalidInput,
                    "\(name) takes pictures of \(InceptionCIFAR10.inputExtent) x \(InceptionCIFAR10.inputExtent) only")
            }
            return try BuiltinModel.model(precision)
        }
        guard ModelZoo.names.contains(name) else {
            if name.hasSuffix(".safetensors") {
                throw DeeperError(
                    .unsupported,
                    "\(name) holds weights without a network; use --weights with one of "
                        + ModelZoo.names.joined(separator: ", "))
            }
            if use == .counts, weights == nil, WeightOptions.isCaffe(name) { return try Model(caffeStructure: name) }
            return try file(name, isCopied: copiesFiles)
        }
        if use == .answers {
            try checkWeights(of: name)
            if isRandom(name) {
                Console.warn("note: \(name) has random weights of seed \(seed): its answers mean nothing")
            }
        }
        let (source, metadata) = try source(use, isCopied: copiesFiles)
        let graph = try ModelZoo.graph(named: name, classCount: classes, extent: extent, weights: source)
        return try locating(weights ?? name) { try Model(graph: graph, metadata: metadata) }
    }

    /// Whether this is the text of a network of Caffe, whose weights are in another file.
    private static func isCaffe(_ name: String) -> Bool { name.hasSuffix(".prototxt") }

    /// Reads a file; what looks like a mistyped name of a built-in network gets the list of them.
    private func file(_ name: String, isCopied: Bool) throws -> Model {
        do {
            let weights = WeightOptions.isCaffe(name) ? weights : nil
            return try Model(contentsOf: name, weights: weights, copiesCompiled: isCopied)
        } catch let error as DeeperError where error.code == .fileNotFound {
            guard !name.contains("/"), !name.contains(".") else { throw error }
            let known = ModelZoo.names + [WeightOptions.builtin, "builtin-int8"]
            throw DeeperError(
                .fileNotFound,
                "there is no file \(name), and no built-in network of this name; the built-in networks are "
                    + known.joined(separator: ", "))
        }
    }

    /// The weights, and the metadata of their file.
    private func source(_ use: WeightUse, isCopied: Bool) throws -> (WeightSource, [String: String]) {
        guard let weights else { return (use == .counts ? .zeros : .seeded(seed), [:]) }
        if weights.hasSuffix(".safetensors") {
            let file = try SafetensorsFile(path: weights, isCopied: isCopied)
            return (.named { name, _ in try file.tensor(named: name) }, file.metadata)
        }
        guard !weights.hasSuffix(".caffemodel") else {
            throw DeeperError(
                .unsupported, "a caffemodel file is for a prototxt file; give that as the model"
            ).within(weights)
        }
        let contents = try ModelFormats.readWeights(path: weights)
        return (.constants(of: contents.graph), contents.metadata)
    }
}
#endif
