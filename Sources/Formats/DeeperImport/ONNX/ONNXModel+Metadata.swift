internal import DeeperTensors
internal import SwiftProtobuf

extension ONNXModel {
    /// The texts of `metadata_props`. If a key appears twice, which ONNX forbids, the first text is used.
    ///
    /// - Throws: `invalidModel` if one of deeper's own keys appears twice.
    static func metadata(of model: Onnx_ModelProto) throws -> [String: String] {
        var result: [String: String] = [:]
        for entry in model.metadataProps {
            guard result[entry.key] == nil else {
                guard entry.key.hasPrefix("deeper.") else { continue }
                throw DeeperError(.invalidModel, "the key appears twice").within(metadataPlace(entry.key))
            }
            result[entry.key] = entry.value
        }
        return result
    }

    /// The name of a metadata key in errors.
    public static func metadataPlace(_ key: String) -> String { "metadata \(key.quotedForMessage)" }

    /// The texts as ONNX stores them, sorted by key.
    static func entries(_ metadata: [String: String]) -> [Onnx_StringStringEntryProto] {
        metadata.sorted { $0.key < $1.key }.map { key, value in
            var entry = Onnx_StringStringEntryProto()
            (entry.key, entry.value) = (key, value)
            return entry
        }
    }
}
