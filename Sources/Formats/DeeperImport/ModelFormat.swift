public import DeeperGraphs
internal import DeeperTensors

/// A format of model files. It recognises a file by its first bytes, and reads it into a graph whose large weights may
/// stay in the file.
///
/// To add a format, make a type that conforms to this protocol and add it to ``ModelFormats/all``.
public protocol ModelFormat: Sendable {
    /// The format's name for messages: "ONNX".
    static var name: String { get }

    /// The extensions of such files, which a folder is searched for.
    static var endings: [String] { get }

    /// Whether a file that begins with these bytes appears to be of this format.
    ///
    /// - Parameters:
    ///   - start: the first 64 bytes, or all bytes of a shorter file.
    ///   - path: the path of the file. Text has no first bytes of its own, so its extension counts.
    static func recognises(_ start: [UInt8], path: String) -> Bool

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - weights: the file with the weights, for formats that have them in a second file; nil lets the format look
    ///     for it.
    ///   - copies: whether the file must not be mapped, so that later changes of the file do not affect the model.
    /// - Throws: `fileNotFound`; `invalidModel` for a malformed file; `unsupported` for features that deeper lacks. The
    ///   breadcrumbs name the path and, if there is one, the node.
    static func read(path: String, weights: String?, copies: Bool) throws -> ModelContents
}

/// The contents of a model file.
public struct ModelContents: Sendable {
    public let graph: Graph
    /// Texts by key: labels, preprocessing, metadata of other programs.
    public let metadata: [String: String]
    /// The source of weights that are already packed; nil unless the file is compiled.
    public let compiled: CompiledModel?

    public init(
        graph: Graph, metadata: [String: String] = [:], compiled: CompiledModel? = nil
    ) {
        self.graph = graph
        self.metadata = metadata
        self.compiled = compiled
    }
}

/// The formats of model files that deeper reads.
public enum ModelFormats {
    /// All formats, in the order in which they are tried. ONNX has no magic number and comes last, so that its reader
    /// reports what is wrong with a file that no other format recognises.
    public static let all: [any ModelFormat.Type] = [
        CompiledFormat.self, TFLiteFormat.self, CaffeFormat.self, OtherModelKind.self, ONNXFormat.self,
    ]

    /// The extensions of model files of all formats.
    public static let endings = all.flatMap { $0.endings }

    static let startByteCount = 64

    /// Reads a file in the first format that recognises it.
    ///
    /// - Parameters:
    ///   - weights: as for ``ModelFormat/read(path:weights:copies:)``.
    ///   - copies: as there.
    /// - Throws: the errors of that method; `invalidModel` if no format recognises the file.
    public static func read(
        path: String, weights: String? = nil, copies: Bool = false, formats: [any ModelFormat.Type] = all
    ) throws -> ModelContents {
        let start = try locating(path) { try OpenFile(path: path).start(startByteCount) }
        guard let format = formats.first(where: { $0.recognises(start, path: path) }) else {
            let names = formats.filter { !$0.endings.isEmpty }.map { $0.name }.joined(separator: ", ")
            throw DeeperError(.invalidModel, "the file is not in a known format (\(names))").within(path)
        }
        return try format.read(path: path, weights: weights, copies: copies)
    }
}

extension ModelFormats {
    /// Reads a TFLite or an ONNX file from borrowed memory, which is not used after the call has returned.
    public static func read(_ bytes: UnsafeRawBufferPointer) throws -> ModelContents {
        if TFLiteFormat.recognises(Array(bytes.prefix(startByteCount)), path: "") {
            return try TFLiteModel.contents(Array(bytes))
        }
        let contents = try ONNXModel.contents(bytes)
        return ModelContents(graph: contents.graph, metadata: contents.metadata)
    }

    /// Reads a file whose constants are needed unpacked, for training or as the weights of another network.
    ///
    /// - Throws: as ``read(path:weights:copies:formats:)``; `unsupported` for a compiled file.
    public static func readWeights(path: String) throws -> ModelContents {
        let contents = try read(path: path)
        guard contents.compiled == nil else {
            throw DeeperError(
                .unsupported, "the file is compiled: its weights are packed; use the model that it was compiled from"
            ).within(path)
        }
        return contents
    }
}

extension ModelFormat {
    /// - Throws: `invalidInput` if a second file is given for a format that has the weights in the first one.
    static func refuse(_ weights: String?, _ path: String) throws {
        guard let weights else { return }
        throw DeeperError(
            .invalidInput,
            "the \(name) file has weights of its own; those of \(weights.quotedForMessage) cannot be used"
        ).within(path)
    }
}

/// The format of files that `Engine.compile` writes.
enum CompiledFormat: ModelFormat {
    static let name = "compiled by deeper"
    static let endings = [".deeper"]

    static func recognises(_ start: [UInt8], path: String) -> Bool { start.starts(with: CompiledHeader.magic) }

    static func read(path: String, weights: String?, copies: Bool) throws -> ModelContents {
        try refuse(weights, path)
        let compiled = try CompiledModel(path: path, isCopied: copies)
        return ModelContents(graph: compiled.graph, metadata: compiled.metadata, compiled: compiled)
    }
}

/// The ONNX format. When weights that stay in the file are read, the file is checked for changes.
enum ONNXFormat: ModelFormat {
    static let name = "ONNX"
    static let endings = [".onnx"]

    static func recognises(_ start: [UInt8], path: String) -> Bool { true }

    static func read(path: String, weights: String?, copies: Bool) throws -> ModelContents {
        try refuse(weights, path)
        let contents = try ONNXModel.contents(of: path)
        return ModelContents(graph: contents.graph, metadata: contents.metadata)
    }
}
