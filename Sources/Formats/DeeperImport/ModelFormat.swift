public import DeeperGraphs
internal import DeeperTensors

/// A format of model files: it recognises a file by how it begins, and reads it to a graph whose large weights may stay in
/// the file.
///
/// A new format conforms to this and gets an entry in ``ModelFormats/all``.
public protocol ModelFormat: Sendable {
    /// The format's name for messages: "ONNX".
    static var name: String { get }

    /// How names of such files end: what a folder is searched for.
    static var endings: [String] { get }

    /// Whether a file that begins so is of this format, as far as one can tell.
    ///
    /// - Parameter start: the first 64 bytes, or all of a shorter file.
    static func recognises(_ start: [UInt8]) -> Bool

    /// Reads a file.
    ///
    /// - Parameter copies: whether nothing may be mapped: whatever becomes of the file, the model stays as it is.
    /// - Throws: `fileNotFound`; `invalidModel` for a file that breaks the format; `unsupported` for what deeper lacks. The
    ///   path, and the node where there is one, are breadcrumbs.
    static func read(path: String, copies: Bool) throws -> ModelContents
}

/// What a model file holds.
public struct ModelContents: Sendable {
    public let graph: Graph
    /// Texts by key: labels, preprocessing, what other programs wrote.
    public let metadata: [String: String]
    /// Where weights that are packed already come from.
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
    /// In the order in which they are asked. ONNX has no mark of its own and comes last: it says what is wrong with a file
    /// that nobody recognises.
    public static let all: [any ModelFormat.Type] = [CompiledFormat.self, ONNXFormat.self]

    /// How names of model files end, of any format.
    public static let endings = all.flatMap { $0.endings }

    private static let startByteCount = 64

    /// Reads a file of whichever format recognises it first.
    ///
    /// - Parameter copies: as ``ModelFormat/read(path:copies:)`` takes it.
    /// - Throws: as that does; `invalidModel` if no format recognises the file.
    public static func read(
        path: String, copies: Bool = false, formats: [any ModelFormat.Type] = all
    ) throws -> ModelContents {
        let start = try locating(path) {
            let file = try OpenFile(path: path)
            var start = [UInt8](repeating: 0, count: min(startByteCount, file.byteCount))
            if !start.isEmpty { try start.withUnsafeMutableBytes { try file.read(at: 0, into: $0) } }
            return start
        }
        guard let format = formats.first(where: { $0.recognises(start) }) else {
            let names = formats.map { $0.name }.joined(separator: ", ")
            throw DeeperError(.invalidModel, "the file is of no known format (\(names))").within(path)
        }
        return try format.read(path: path, copies: copies)
    }
}

extension ModelFormats {
    /// Reads a file whose constants are wanted as they are: to be trained, or as weights of another network.
    ///
    /// - Throws: as ``read(path:copies:formats:)``; `unsupported` for a compiled file.
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

/// Files that `Engine.compile` wrote.
enum CompiledFormat: ModelFormat {
    static let name = "compiled by deeper"
    static let endings = [".deeper"]

    static func recognises(_ start: [UInt8]) -> Bool { start.starts(with: CompiledHeader.magic) }

    static func read(path: String, copies: Bool) throws -> ModelContents {
        let compiled = try CompiledModel(path: path, isCopied: copies)
        return ModelContents(graph: compiled.graph, metadata: compiled.metadata, compiled: compiled)
    }
}

/// ONNX files. Weights that stay in the file are checked for changes when they are read.
enum ONNXFormat: ModelFormat {
    static let name = "ONNX"
    static let endings = [".onnx"]

    static func recognises(_ start: [UInt8]) -> Bool { true }

    static func read(path: String, copies: Bool) throws -> ModelContents {
        let contents = try ONNXModel.contents(of: path)
        return ModelContents(graph: contents.graph, metadata: contents.metadata)
    }
}
