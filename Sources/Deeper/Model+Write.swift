internal import Graphs
internal import ModelImport
internal import Tensors

extension Model {
    /// Writes the model as an ONNX file, atomically, with its labels and preprocessing in the metadata and the other
    /// metadata as read.
    ///
    /// - Parameter producer: who made the model, for the file's header.
    /// - Throws: `unsupported` for a graph that passes changed; `invalidModel` or `invalidInput` for labels or a
    ///   preprocessing that cannot be written; `limitExceeded` beyond 2 GiB, or if the system refuses to write; what the
    ///   sources of weights throw.
    public func write(to path: String, producer: String = "deeper") throws {
        try ONNXModel.write(graph, metadata: try writtenMetadata(), to: path, producer: producer)
    }

    /// The metadata as read with labels and preprocessing as they are now.
    package func writtenMetadata() throws -> [String: String] {
        if let labels, let count = classCount, count != labels.count {
            throw DeeperError(.invalidInput, "\(labels.count) labels for \(count) classes").within(source)
        }
        return try locating(source) {
            try ClassifierMetadata.adding(labels: labels, preprocessing: preprocessing, to: metadata)
        }
    }
}
