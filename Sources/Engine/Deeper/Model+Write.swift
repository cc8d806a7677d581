internal import DeeperGraphs
internal import DeeperImport
internal import DeeperTensors

extension Model {
    /// Writes the model as an ONNX file, atomically. The metadata holds its labels and preprocessing as they are now
    /// and all other keys as they were read.
    ///
    /// - Parameters:
    ///   - path: the file to write.
    ///   - producer: the program that made the model, for the file's header.
    /// - Throws: `unsupported` for a graph that was changed by passes and for a compiled file; `invalidModel` or
    ///   `invalidInput` for labels or a preprocessing that cannot be written; `limitExceeded` beyond 2 GiB, or if the
    ///   system refuses to write; the errors of the sources of weights.
    public func write(to path: String, producer: String = "deeper") throws {
        guard compiled == nil else {
            throw DeeperError(
                .unsupported,
                "the file is compiled: its weights are packed for one kind of CPU and are not kept as they were; write "
                    + "the model that it was compiled from"
            ).within(source)
        }
        try ONNXModel.write(graph, metadata: try writtenMetadata(), to: path, producer: producer)
    }

    /// The metadata as read, with the labels and preprocessing as they are now.
    package func writtenMetadata() throws -> [String: String] {
        try locating(source) {
            if let labels { try checkLabels(labels) }
            return try ClassifierMetadata.adding(labels: labels, preprocessing: preprocessing, to: metadata)
        }
    }
}
