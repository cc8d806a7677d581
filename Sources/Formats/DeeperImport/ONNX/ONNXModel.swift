public import DeeperGraphs
internal import DeeperTensors
internal import FoundationEssentials
internal import SwiftProtobuf

/// Reads models in the ONNX format (IR version 3 and up, opsets 6 to 28).
public enum ONNXModel {
    /// The versions of the file format that are read.
    public static let irVersions = 3...14

    /// The graph of a model file. External data must be in the file's own folder or below it.
    ///
    /// - Throws: `fileNotFound`; `invalidModel` for a file that is malformed or contradicts itself; `unsupported` for
    ///   an operator, opset or element type that deeper lacks. The breadcrumbs name the path and, if there is one, the
    ///   node.
    public static func graph(contentsOf path: String) throws -> Graph { try contents(of: path).graph }

    /// The contents of a model file: its graph and the texts of `metadata_props`.
    public struct Contents: Sendable {
        public let graph: Graph
        public let metadata: [String: String]
    }

    /// Reads a model file.
    ///
    /// - Throws: as ``graph(contentsOf:)``; `invalidModel` if one of deeper's own keys appears twice in the metadata.
    public static func contents(of path: String) throws -> Contents {
        try locating(path) {
            let file = try MappedFile(path: path)
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            return try file.withUnsafeBytes(in: 0..<file.byteCount) { bytes in
                guard let parts = ONNXOutline(of: bytes) else {
                    let model: Onnx_ModelProto = try decodeMessage(bytes, "an ONNX model")
                    return Contents(
                        graph: try graph(model, folder: folder, weights: [:]), metadata: try metadata(of: model))
                }
                let sources = parts.data.mapValues { FileSource(file.file, $0) }
                let model = try parts.model.withUnsafeBytes {
                    try decodeMessage($0, "an ONNX model") as Onnx_ModelProto
                }
                let weights = sources.mapValues { ONNXTensorReader.Data(byteCount: $0.byteCount, source: $0) }
                return Contents(
                    graph: try graph(model, folder: folder, weights: weights), metadata: try metadata(of: model))
            }
        }
    }

    /// Reads a model in memory, which must not have external data.
    ///
    /// - Throws: as ``contents(of:)``.
    public static func contents(_ bytes: UnsafeRawBufferPointer) throws -> Contents {
        let model: Onnx_ModelProto = try decodeMessage(bytes, "an ONNX model")
        return Contents(graph: try graph(model, folder: nil, weights: [:]), metadata: try metadata(of: model))
    }

    /// The graph of a model in memory.
    ///
    /// - Parameter folder: the folder that may hold external data; if nil, external data is refused.
    public static func graph(_ bytes: UnsafeRawBufferPointer, folder: String? = nil) throws -> Graph {
        try graph(try decodeMessage(bytes, "an ONNX model"), folder: folder, weights: [:])
    }

    /// - Parameters:
    ///   - weights: the data of initializers that is not in the message, by the numbers of the initializers.
    ///   - widens: whether 16-bit floats become float32.
    static func graph(
        _ model: Onnx_ModelProto, folder: String?, weights: [Int: ONNXTensorReader.Data], widens: Bool = true
    ) throws -> Graph {
        guard irVersions.contains(Int(model.irVersion)) else {
            throw DeeperError(
                .unsupported,
                "IR version \(model.irVersion), supported: \(irVersions.lowerBound) to \(irVersions.upperBound)")
        }
        guard model.hasGraph else { throw DeeperError(.invalidModel, "the model has no graph") }
        // A model that only calls functions may leave the import of ONNX's operators to them.
        let opsets = try [opset(model.opsetImport)] + model.functions.map { try opset($0.opsetImport) }
        guard let version = opsets[0] ?? opsets.compactMap({ $0 }).max() else {
            let domains = model.opsetImport.map(\.domain).joined(separator: ", ")
            throw domains.isEmpty
                ? DeeperError(.invalidModel, "the model imports no operator set of ONNX")
                : DeeperError(.unsupported, "all of the model's operators are of \(domains), supported: ONNX's own")
        }
        var builder = ONNXGraphBuilder(
            opset: version, functions: try ONNXFunctions(model.functions), folder: folder, widens: widens)
        return try builder.build(model.graph, weights: weights)
    }

    /// The version of ONNX's own operators among imports, the highest if there are several; nil if there is none.
    ///
    /// - Throws: `unsupported` for a version that is not known.
    static func opset(_ imports: [Onnx_OperatorSetIdProto]) throws -> Int? {
        let own = imports.filter { OperatorCatalog.isOwn(domain: $0.domain) }
        guard let version = own.map({ Int($0.version) }).max() else { return nil }
        guard OperatorCatalog.opsets.contains(version) else {
            let opsets = OperatorCatalog.opsets
            throw DeeperError(
                .unsupported, "opset \(version), supported: \(opsets.lowerBound) to \(opsets.upperBound)")
        }
        return version
    }
}

/// Decodes one protobuf message from borrowed bytes.
func decodeMessage<Proto: SwiftProtobuf.Message>(_ bytes: UnsafeRawBufferPointer, _ kind: String) throws -> Proto {
    guard let base = bytes.baseAddress, !bytes.isEmpty else {
        throw DeeperError(.invalidModel, "the file is empty, expected \(kind)")
    }
    let data = Data(bytesNoCopy: UnsafeMutableRawPointer(mutating: base), count: bytes.count, deallocator: .none)
    do {
        return try Proto(serializedBytes: data)
    } catch {
        throw DeeperError(.invalidModel, "not \(kind)", cause: error)
    }
}
