import DeeperTensors

/// Kinds of model files that are not read, so that the error can say what the file is and how to write it as one that
/// is read.
enum OtherModelKind: ModelFormat {
    static let name = "other"
    /// Not found in folders: they would hide the models next to them.
    static let endings: [String] = []

    private struct Kind {
        let start: [UInt8]
        /// Nil: any.
        let endings: [String]?
        let text: String
    }

    private static let kinds: [Kind] = [
        Kind(
            start: [0x50, 0x4B, 3, 4], endings: [".keras"],
            text: "a Keras file; load it in Keras and write it with model.export(\"model.onnx\", format=\"onnx\")"),
        Kind(
            start: [0x89] + Array("HDF\r\n".utf8) + [0x1A, 0x0A], endings: nil,
            text: "an HDF5 file, as Keras writes; load it in Keras and write it with "
                + "model.export(\"model.onnx\", format=\"onnx\")"),
        Kind(
            start: [0x50, 0x4B, 3, 4], endings: [".pt", ".pth", ".pt2", ".ckpt", ".bin"],
            text: "a PyTorch file; load it in PyTorch and write it with torch.onnx.export"),
        Kind(start: [0x50, 0x4B, 3, 4], endings: nil, text: "a ZIP archive; unpack it"),
        Kind(
            start: [0x80], endings: [".pt", ".pth", ".ckpt", ".pkl"],
            text: "a Python pickle, as PyTorch writes; load it in PyTorch and write it with torch.onnx.export"),
        Kind(
            start: Array("<?xml".utf8), endings: [".xml"],
            text: "an OpenVINO or other XML file; give the ONNX file that it was converted from"),
        Kind(
            start: Array("7767517".utf8), endings: nil,
            text: "an ncnn file; give the ONNX file that it was converted from"),
    ]

    private static func kind(_ start: [UInt8], _ path: String) -> Kind? {
        kinds.first { kind in
            start.starts(with: kind.start) && kind.endings.map { $0.contains { path.hasSuffix($0) } } ?? true
        }
    }

    static func recognises(_ start: [UInt8], path: String) -> Bool { kind(start, path) != nil }

    static func read(path: String, weights: String?, copies: Bool) throws -> ModelContents {
        let start = try locating(path) { try OpenFile(path: path).start(ModelFormats.startByteCount) }
        let text = kind(start, path)?.text ?? "a file of another kind"
        throw DeeperError(.unsupported, "the file is \(text) (docs/models.md)").within(path)
    }
}
