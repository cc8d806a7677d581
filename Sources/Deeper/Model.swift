public import Foundation
public import Graphs
internal import ModelImport
internal import Tensors

/// A network as its file describes it: immutable, shared freely, not yet prepared for running.
public struct Model: Sendable {
    /// The network's nodes and constants.
    public let graph: Graph
    /// The file it was read from, or the name its builder gave it: how messages name it.
    public let source: String

    /// Reads an ONNX file. External data must lie in the file's folder or below.
    ///
    /// - Throws: ``DeeperError`` with code `fileNotFound`, `invalidModel` or `unsupported`, naming file and node.
    public init(contentsOf url: URL) throws {
        self.source = url.relativePath
        self.graph = try ONNXModel.graph(contentsOf: url.relativePath)
    }

    /// Takes a graph that a builder made.
    public init(graph: Graph) {
        self.graph = graph
        self.source = graph.name
    }

    /// A named value and what the model says of its type.
    public struct Port: Sendable, CustomStringConvertible {
        public let name: String
        public let type: DeclaredType
        public var description: String { "\(name): \(type)" }
    }

    /// The inputs that a run must be given, in the model's order.
    public var inputs: [Port] {
        graph.inputs.filter { graph.constants[$0.value] == nil }.map {
            Port(name: graph.name(of: $0.value), type: $0.type)
        }
    }

    /// The names of the outputs, in the model's order.
    public var outputNames: [String] { graph.outputs.map { graph.name(of: $0) } }
}
