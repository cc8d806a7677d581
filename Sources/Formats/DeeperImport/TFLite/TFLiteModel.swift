import DeeperGraphs
import DeeperTensors

/// Reads networks of TensorFlow Lite, which is now called LiteRT (docs/models.md).
public enum TFLiteModel {
    /// The key of the names of classes in the metadata, one name a line, if a file has them.
    public static let labelsKey = "tflite.labels"

    /// Reads a network. Its weights stay in the file until they are needed.
    ///
    /// - Throws: `fileNotFound`; `invalidModel` and `unsupported`, naming the operator.
    public static func contents(of path: String) throws -> ModelContents {
        try locating(path) {
            let file = try MappedFile(path: path)
            let open = file.file
            return try file.withUnsafeBytes(in: 0..<file.byteCount) { bytes in
                try contents(bytes) { FileSource(open, $0) }
            }
        }
    }

    /// Reads a network in memory.
    ///
    /// - Throws: as ``contents(of:)``.
    public static func contents(_ bytes: [UInt8]) throws -> ModelContents {
        try bytes.withUnsafeBytes { buffer in try contents(buffer) { BytesSource(bytes, $0) } }
    }

    private static func contents(
        _ bytes: UnsafeRawBufferPointer, source: @escaping @Sendable (Range<Int>) -> any TensorSource
    ) throws -> ModelContents {
        let file = try TFLiteFile(Flatbuffer(bytes))
        var builder = TFLiteGraphBuilder(file, TFLiteConstants(source: source))
        let graph = try builder.build()
        return ModelContents(graph: graph, metadata: file.metadata?.entries(for: file) ?? [:])
    }
}

/// TFLite's format, whose files have "TFL3" after their first four bytes.
enum TFLiteFormat: ModelFormat {
    static let name = "TFLite"
    static let endings = [".tflite"]

    static func recognises(_ start: [UInt8], path: String) -> Bool {
        start.count >= 8 && start[4..<8].elementsEqual(TFLiteFile.identifier)
    }

    static func read(path: String, weights: String?, copies: Bool) throws -> ModelContents {
        try refuse(weights, path)
        return try TFLiteModel.contents(of: path)
    }
}
