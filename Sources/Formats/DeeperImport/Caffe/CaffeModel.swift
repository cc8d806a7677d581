import DeeperGraphs
import DeeperTensors
import FoundationEssentials

/// Reads networks of Caffe: the structure from a prototxt file, the weights from a caffemodel file (docs/models.md).
public enum CaffeModel {
    /// Reads a network.
    ///
    /// - Parameters:
    ///   - path: the prototxt file. A mean image that it names is read from its folder.
    ///   - weights: the caffemodel file; if nil, the file with the same name and the ending .caffemodel, or the only
    ///     caffemodel file of the folder.
    /// - Throws: `fileNotFound`; `invalidModel` and `unsupported`, naming the layer and its line.
    public static func contents(of path: String, weights: String?) throws -> ModelContents {
        // A file that was named is read, even if no layer needs it.
        let given = try weights.map { try CaffeModel.weights(in: $0) }
        return try locating(path) {
            try contents(net(in: path), in: path) { try given ?? CaffeModel.weights(in: weightFile(for: path)) }
        }
    }

    private static func weights(in path: String) throws -> CaffeWeights {
        try locating(path) {
            let file = try MappedFile(path: path)
            let open = file.file
            return try file.withUnsafeBytes(in: 0..<file.byteCount) { bytes in
                try CaffeWeights(bytes) { FileSource(open, $0) }
            }
        }
    }

    /// Reads a network in memory.
    ///
    /// - Parameter weights: a caffemodel file; if nil, all weights are zeros, which is enough for counts.
    /// - Throws: as ``contents(of:weights:)``; `unsupported` for a mean image, which is in a file.
    public static func contents(
        text: UnsafeRawBufferPointer, weights: [UInt8]?
    ) throws -> ModelContents {
        let net = try CaffeNet(TextMessage(parsing: text))
        let read = weights.map { bytes in
            { try bytes.withUnsafeBytes { try CaffeWeights($0) { BytesSource(bytes, $0) } } }
        }
        return try contents(net, readWeights: read) { name in
            throw DeeperError(.unsupported, "the mean file \(name.quotedForMessage) of a network in memory")
        }
    }

    /// The structure of a network in a file, with zeros for weights if there is no caffemodel file next to it.
    ///
    /// - Throws: as ``contents(of:weights:)``.
    public static func structure(of path: String) throws -> ModelContents {
        if let weights = try? weightFile(for: path) { return try contents(of: path, weights: weights) }
        return try locating(path) { try contents(net(in: path), in: path, readWeights: nil) }
    }

    private static func net(in path: String) throws -> CaffeNet {
        let file = try MappedFile(path: path)
        return try CaffeNet(file.withUnsafeBytes(in: 0..<file.byteCount) { try TextMessage(parsing: $0) })
    }

    private static func contents(
        _ net: CaffeNet, in path: String, readWeights: (() throws -> CaffeWeights)?
    ) throws -> ModelContents {
        try contents(net, readWeights: readWeights) { name in
            try meanFile(name, in: URL(fileURLWithPath: path).deletingLastPathComponent().path)
        }
    }

    private static func contents(
        _ net: CaffeNet, readWeights: (() throws -> CaffeWeights)?,
        readFile: @escaping (String) throws -> CaffeBlob
    ) throws -> ModelContents {
        var builder = CaffeGraphBuilder(name: net.name, readWeights: readWeights, readFile: readFile)
        let graph = try builder.build(net)
        let entry = builder.inputPreprocessing?.entry
        return ModelContents(graph: graph, metadata: entry.map { [$0.key: $0.text] } ?? [:])
    }

    private static func weightFile(for path: String) throws -> String {
        let url = URL(fileURLWithPath: path)
        let same = url.deletingPathExtension().appendingPathExtension("caffemodel").path
        if FileManager.default.fileExists(atPath: same) { return same }
        let folder = url.deletingLastPathComponent()
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
            .filter { $0.hasSuffix(".caffemodel") }
        guard names.count == 1 else {
            throw DeeperError(
                .fileNotFound,
                names.isEmpty
                    ? "there is no caffemodel file next to the prototxt; give the file with the weights"
                    : "there are \(names.count) caffemodel files next to the prototxt; give the one to use")
        }
        return folder.appendingPathComponent(names[0]).path
    }

    /// The mean that a text names by a path of the machine on which it was trained: only the name counts.
    private static func meanFile(_ name: String, in folder: String) throws -> CaffeBlob {
        let path = folder + "/" + URL(fileURLWithPath: name).lastPathComponent
        return try locating("mean \(name.quotedForMessage)") {
            do {
                return try mean(of: path)
            } catch let error as DeeperError where error.code == .fileNotFound {
                throw DeeperError(.invalidModel, "the file cannot be opened: \(error.message)").within(path)
            }
        }
    }

    private static func mean(of path: String) throws -> CaffeBlob {
        try locating(path) {
            let file = try MappedFile(path: path)
            let open = file.file
            return try file.withUnsafeBytes(in: 0..<file.byteCount) { bytes in
                try CaffeBlob(bytes, 0..<bytes.count) { FileSource(open, $0) }
            }
        }
    }

    /// The mean of each channel of a binaryproto file.
    ///
    /// - Throws: `fileNotFound`; `invalidModel` for another file.
    public static func channelMeans(of path: String) throws -> [Double] {
        let blob = try mean(of: path)
        return try locating(path) {
            let extents = blob.extents.suffix(3)
            guard extents.count == 3, blob.elementCount > 0, let channels = extents.first, channels <= 4,
                blob.elementCount == extents.reduce(1, *)
            else {
                throw DeeperError(
                    .invalidModel, "the mean has the shape \(blob.extents), expected channels, height, width")
            }
            let elements = try blob.tensor(Shape([blob.elementCount])).elements(as: Float.self)
            let count = elements.count / channels
            return (0..<channels).map { channel in
                elements[channel * count..<(channel + 1) * count].reduce(0) { $0 + Double($1) } / Double(count)
            }
        }
    }
}

/// Caffe's text format. The weights are in a second file.
enum CaffeFormat: ModelFormat {
    static let name = "Caffe"
    static let endings = [".prototxt"]

    static func recognises(_ start: [UInt8], path: String) -> Bool { path.hasSuffix(".prototxt") }

    static func read(path: String, weights: String?, copies: Bool) throws -> ModelContents {
        try CaffeModel.contents(of: path, weights: weights)
    }
}
