public import FoundationEssentials
public import Graphs
internal import ModelImport
internal import Tensors

/// A network as its file describes it: immutable, shared freely, not yet prepared for running.
public struct Model: Sendable {
    /// The network's nodes and constants.
    public private(set) var graph: Graph
    /// The file it was read from, or the name its builder gave it: how messages name it.
    public let source: String
    /// The packed weights of a compiled file.
    let compiled: CompiledModel?
    /// What ``Engine/compile(for:to:)`` needs of an ONNX file.
    let outline: ONNXModel.Outline?

    /// Reads an ONNX file, or one that ``Engine/compile(for:to:)`` wrote. External data must lie in the file's folder or
    /// below.
    ///
    /// Large weights stay in the file, which is kept open, until an ``Engine`` prepares them. A compiled file is mapped:
    /// replace it by renaming, since shortening it ends the process.
    ///
    /// - Throws: `DeeperError` with code `fileNotFound`, `invalidModel` or `unsupported`, naming file and node.
    public init(contentsOf url: URL) throws {
        self.source = url.relativePath
        if try CompiledModel.isCompiled(path: url.relativePath) {
            let compiled = try CompiledModel(path: url.relativePath)
            (self.graph, self.compiled, self.outline) = (compiled.graph, compiled, nil)
        } else {
            (self.graph, self.outline) = try ONNXModel.outlined(contentsOf: url.relativePath)
            self.compiled = nil
        }
    }

    /// Takes a graph that a builder made.
    public init(graph: Graph) { self.init(graph: graph, source: graph.name) }

    init(graph: Graph, source: String) {
        self.graph = graph
        self.source = source
        self.compiled = nil
        self.outline = nil
    }

    /// The model with the declared shapes of some inputs replaced by given ones, as for measuring it at one size.
    ///
    /// - Throws: as ``Graphs/Graph/fixingInputs(_:)``.
    public func fixingInputs(_ shapes: [String: [Int]]) throws -> Model {
        var result = self
        result.graph = try graph.fixingInputs(shapes)
        return result
    }

    /// A named value and what the model says of its type.
    public struct Port: Sendable, CustomStringConvertible {
        public let name: String
        public let type: DeclaredType
        public var description: String { "\(name): \(type)" }
    }

    /// The inputs that a run must be given, in the model's order. It may be given other values for initialisers that the
    /// model lists as inputs, too.
    public var inputs: [Port] {
        graph.inputs.filter { graph.constants[$0.value] == nil }.map {
            Port(name: graph.name(of: $0.value), type: $0.type)
        }
    }

    /// The names of the outputs, in the model's order.
    public var outputNames: [String] { graph.outputs.map { graph.name(of: $0) } }
}
