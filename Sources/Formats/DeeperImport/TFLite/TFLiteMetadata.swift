import DeeperTensors

/// What TFLite's tools write about a network: how pictures become its input, and the names of its classes. It is a
/// flatbuffer in a buffer of the file, and files of labels are in a zip archive after the network.
struct TFLiteMetadata {
    /// The names of the classes, one a line; empty if the file of labels is missing.
    private let labels: String?
    private let normalization: (mean: [Double], std: [Double])?
    private let isGrey: Bool

    private static let bufferName = "TFLITE_METADATA"
    private static let identifier = [UInt8]("M001".utf8)
    private static let largestLabels = 4 << 20

    // Numbers of the schema.
    private static let axisLabels = 2
    private static let imageProperties = 2
    private static let greyscale = 2
    private static let normalizationOptions = 1

    /// - Parameter buffers: the bytes of the file's buffers.
    /// - Returns: nil if there is none, or it is in another version of its format.
    /// - Throws: `invalidModel` if it is damaged.
    init?(of model: FlatbufferTable, _ buffers: [Range<Int>], in file: Flatbuffer) throws {
        guard let entry = try model.tables(6).first(where: { try $0.text(0) == TFLiteMetadata.bufferName }),
            case let index = try entry.unsigned(1), index < buffers.count, buffers[index].count >= 8
        else { return nil }
        let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[buffers[index]])
        guard bytes[4..<8].elementsEqual(TFLiteMetadata.identifier) else { return nil }
        let graph = try locating("metadata") { try FlatbufferTable(rootOf: Flatbuffer(bytes)).tables(3).first }
        guard let graph else { return nil }
        let input = try graph.tables(2).first
        let content = try input?.table(3)
        let isPicture = try content?.byte(0) == TFLiteMetadata.imageProperties
        isGrey = isPicture ? try content?.table(1)?.byte(0) == TFLiteMetadata.greyscale : false
        let unit = try input?.tables(4).first { try $0.byte(0) == TFLiteMetadata.normalizationOptions }?.table(1)
        normalization = try unit.map { (try $0.floats(0).map(Double.init), try $0.floats(1).map(Double.init)) }
        var files: [FlatbufferTable] = []
        for output in try graph.tables(3) where files.isEmpty {
            files = try output.tables(6).filter { try $0.byte(2) == TFLiteMetadata.axisLabels }
        }
        let english = try files.first { ["", "en"].contains(try $0.text(3)) }
        guard let name = try (english ?? files.first)?.text(0) else {
            labels = nil
            return
        }
        let range = StoredArchive(file.bytes)?.range(of: name)
        let text = range.flatMap { $0.count <= TFLiteMetadata.largestLabels ? file.bytes[$0] : nil }
        labels = text.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Labels and preprocessing as texts by key.
    func entries(for file: TFLiteFile) -> [String: String] {
        var entries: [String: String] = [:]
        if let labels { entries[TFLiteModel.labelsKey] = labels }
        if let (key, text) = preprocessing(for: file)?.entry { entries[key] = text }
        return entries
    }

    private func preprocessing(for file: TFLiteFile) -> ImportedPreprocessing? {
        guard let normalization, file.inputs.count == 1 else { return nil }
        let input = file.tensors[file.inputs[0]]
        let extents = input.extents
        // Integers would have to be rounded to the scale of the input, which pictures are not.
        guard (try? input.elementType()) == .float32, extents.count == 4, !input.isOpen[1], !input.isOpen[2],
            extents[3] == (isGrey ? 1 : 3), extents[1...2].allSatisfy({ (1...65_535).contains($0) })
        else { return nil }
        func each(_ numbers: [Double]) -> [Double]? {
            let all = numbers.count == 1 ? Array(repeating: numbers[0], count: extents[3]) : numbers
            return all.count == extents[3] && all.allSatisfy(\.isFinite) ? all : nil
        }
        guard let mean = each(normalization.mean), let std = each(normalization.std), !std.contains(0) else {
            return nil
        }
        return ImportedPreprocessing(
            size: .init(height: extents[1], width: extents[2]), channels: isGrey ? .luma : .rgb, mean: mean, std: std)
    }
}
