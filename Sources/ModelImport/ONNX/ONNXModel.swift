internal import Foundation
public import Graphs
internal import SwiftProtobuf
import Tensors

/// Reads models in the ONNX format (IR version 3 and up, opsets 6 to 28).
public enum ONNXModel {
    /// Versions of the file format that are understood.
    public static let irVersions = 3...14

    /// The graph of a model file. External data must lie in the file's own folder or below.
    ///
    /// - Throws: `fileNotFound`; `invalidModel` for a file that breaks the format or contradicts itself; `unsupported`
    ///   for an operator, opset or element type that deeper lacks. The path, and the node where there is one, are
    ///   breadcrumbs.
    public static func graph(contentsOf path: String) throws -> Graph {
        try locating(path) {
            let file = try MappedFile(path: path)
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            return try file.withUnsafeBytes(in: 0..<file.byteCount) { bytes in
                guard let outline = ONNXOutline(of: bytes) else { return try graph(bytes, folder: folder) }
                let weights = outline.data.mapValues {
                    ONNXTensorReader.Data(byteCount: $0.count, source: FileSource(file.file, offset: $0.lowerBound))
                }
                return try outline.model.withUnsafeBytes { try graph($0, folder: folder, weights: weights) }
            }
        }
    }

    /// The graph of a model in memory.
    ///
    /// - Parameter folder: where external data may lie; nil refuses it.
    public static func graph(_ bytes: UnsafeRawBufferPointer, folder: String? = nil) throws -> Graph {
        try graph(bytes, folder: folder, weights: [:])
    }

    private static func graph(
        _ bytes: UnsafeRawBufferPointer, folder: String?, weights: [Int: ONNXTensorReader.Data]
    ) throws -> Graph {
        let model: Onnx_ModelProto = try decodeMessage(bytes, "an ONNX model")
        guard irVersions.contains(Int(model.irVersion)) else {
            throw DeeperError(
                .unsupported,
                "IR version \(model.irVersion), supported: \(irVersions.lowerBound) to \(irVersions.upperBound)")
        }
        guard model.hasGraph else { throw DeeperError(.invalidModel, "the model has no graph") }
        var builder = ONNXGraphBuilder(opset: try opset(model), folder: folder)
        return try builder.build(model.graph, weights: weights)
    }

    /// The version of ONNX's own operators that the model imports; the highest if it names several.
    private static func opset(_ model: Onnx_ModelProto) throws -> Int {
        let imports = model.opsetImport.filter { $0.domain.isEmpty || $0.domain == "ai.onnx" }
        guard let version = imports.map({ Int($0.version) }).max() else {
            throw DeeperError(.invalidModel, "the model imports no operator set of ONNX")
        }
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
