internal import DeeperGraphs
public import DeeperTensors
internal import SwiftProtobuf

/// Reads and writes single tensors as ONNX stores them (`TensorProto`, usually `.pb`), for example the inputs and
/// outputs of its test cases.
public enum ONNXTensorFile {
    /// - Throws: `fileNotFound`, `invalidModel`, or `unsupported` for other element types.
    public static func read(path: String) throws -> Tensor {
        try locating(path) {
            let file = try MappedFile(path: path)
            let proto: Onnx_TensorProto = try file.withUnsafeBytes(in: 0..<file.byteCount) {
                if $0.isEmpty { return Onnx_TensorProto() }
                return try decodeMessage($0, "an ONNX tensor")
            }
            return try ONNXTensorReader(folder: nil).tensor(proto)
        }
    }

    /// Writes a tensor under a name, atomically.
    public static func write(_ tensor: Tensor, name: String, to path: String) throws {
        let bytes: [UInt8] = try ONNXModel.tensor(tensor, named: name).serializedBytes()
        try locating(path) {
            try AtomicFile.write(to: path) { file in try bytes.withUnsafeBytes { try file.append($0) } }
        }
    }
}
