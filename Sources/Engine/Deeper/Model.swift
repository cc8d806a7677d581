public import DeeperGraphs
public import DeeperImaging
package import DeeperImport
internal import DeeperTensors
public import FoundationEssentials

/// A network as its file describes it, with what is known about its classes and pictures: a value, not yet prepared for
/// running.
public struct Model: Sendable {
    /// The network's nodes and constants.
    public private(set) var graph: Graph
    /// The file that the model was read from, or the name that its builder gave it. Messages identify the model by it.
    public let source: String
    /// The names of the classes by position in the output of scores, if they are known. That output is the first one
    /// with a row of as many scores for each picture.
    ///
    /// They are read from the metadata of an ONNX file, under deeper's own key or that of another program
    /// (docs/models.md), and may be changed: ``Engine/classify(batch:preprocessing:labels:top:deadline:)`` uses the value that
    /// is set here, and ``write(to:producer:)`` and ``Engine/compile(for:to:)`` write it.
    public var labels: [String]?
    /// How a picture becomes the network's input, if that is known. It is read from the same places as ``labels``.
    public var preprocessing: Preprocessing?
    /// The order of the axes of the picture input. It is inferred from the input's declared shape: NHWC if there are
    /// four axes and only the last of them can be an axis of one or three channels, otherwise NCHW. It may be changed.
    public var pictureLayout: PictureLayout
    /// The texts of the file's `metadata_props`, as read.
    public let metadata: [String: String]
    /// Human-readable remarks about metadata of other programs that was ignored.
    public let notes: [String]
    /// The packed weights of a compiled file.
    let compiled: CompiledModel?

    /// Reads an ONNX or TFLite file, the prototxt file of a network of Caffe, or a file that
    /// ``Engine/compile(for:to:)`` wrote.
    /// External data must be in the file's folder or below it.
    ///
    /// Large weights stay in the file, which is kept open, until an ``Engine`` prepares them; a file that was changed
    /// by then gives an error. A compiled file is mapped: replace it by renaming, since overwriting it changes the
    /// answers and shortening it ends the process.
    ///
    /// - Parameters:
    ///   - url: the file.
    ///   - weights: the caffemodel file of a prototxt file. If nil, the one next to it with the same name, or the only
    ///     one of the folder. Other formats have their weights inside.
    ///   - copiesCompiled: whether a compiled file is copied into memory instead, which is advisable for a server that
    ///     does not control its files. It takes as much memory as the file, and the time to read it.
    /// - Throws: `DeeperError` with code `fileNotFound`, `invalidModel` or `unsupported`, naming file and node;
    ///   `invalidModel` or `limitExceeded`, naming file and key, for invalid labels or preprocessing.
    public init(contentsOf url: URL, weights: URL? = nil, copiesCompiled: Bool = false) throws {
        try self.init(
            path: url.relativePath, weights: weights?.relativePath, copies: copiesCompiled, formats: ModelFormats.all)
    }

    /// The extensions of model files: ".deeper", ".tflite", ".prototxt", ".onnx".
    public static var fileEndings: [String] { ModelFormats.endings }

    /// Reads a file that is in one of the given formats.
    package init(
        path: String, weights: String? = nil, copies: Bool = false, formats: [any ModelFormat.Type]
    ) throws {
        let contents = try ModelFormats.read(path: path, weights: weights, copies: copies, formats: formats)
        self = try locating(path) {
            try Model(contents.graph, path, contents.metadata, compiled: contents.compiled)
        }
    }

    /// Reads the file at a path. The same as ``init(contentsOf:weights:copiesCompiled:)-(URL,_,_)``, for callers without
    /// `URL`.
    public init(contentsOf path: String, weights: String? = nil, copiesCompiled: Bool = false) throws {
        try self.init(path: path, weights: weights, copies: copiesCompiled, formats: ModelFormats.all)
    }

    /// The structure of a prototxt file with zeros for weights, which is enough for shapes and counts.
    package init(caffeStructure path: String) throws {
        let contents = try CaffeModel.structure(of: path)
        self = try locating(path) { try Model(contents.graph, path, contents.metadata, compiled: nil) }
    }

    /// Reads an ONNX model from memory, for example from a download or an application's resources.
    ///
    /// The bytes are copied. A model with weights in external files cannot be read from memory.
    ///
    /// - Parameters:
    ///   - bytes: a whole ONNX file.
    ///   - source: the name of the model in messages.
    /// - Throws: `DeeperError` with code `invalidModel` or `unsupported`, naming the node.
    public init(onnx bytes: [UInt8], source: String = "model") throws {
        self = try locating(source) {
            let contents = try bytes.withUnsafeBytes { try ONNXModel.contents($0) }
            return try Model(contents.graph, source, contents.metadata, compiled: nil)
        }
    }

    /// Reads a TFLite model from memory, for example from an application's resources.
    ///
    /// - Parameters:
    ///   - bytes: a whole TFLite file.
    ///   - source: the name of the model in messages.
    /// - Throws: `DeeperError` with code `invalidModel` or `unsupported`, naming the operator.
    public init(tflite bytes: [UInt8], source: String = "model") throws {
        self = try locating(source) {
            let contents = try TFLiteModel.contents(bytes)
            return try Model(contents.graph, source, contents.metadata, compiled: nil)
        }
    }

    /// Reads a model in any format that may be in memory.
    package init(bytes: UnsafeRawBufferPointer, source: String) throws {
        self = try locating(source) {
            let contents = try ModelFormats.read(bytes)
            return try Model(contents.graph, source, contents.metadata, compiled: nil)
        }
    }

    /// Makes a model from a graph that a builder made.
    public init(graph: Graph, labels: [String]? = nil, preprocessing: Preprocessing? = nil) {
        self.graph = graph
        self.source = graph.name
        (self.labels, self.preprocessing) = (labels, preprocessing)
        self.pictureLayout = graph.pictureLayout
        (self.metadata, self.notes) = ([:], [])
        self.compiled = nil
    }

    /// Makes a model from a graph that was derived from another model's graph or has its weights, and from that model's
    /// labels, preprocessing, picture layout and metadata.
    public init(graph: Graph, like other: Model) {
        self.graph = graph
        self.source = graph.name
        (self.labels, self.preprocessing) = (other.labels, other.preprocessing)
        self.pictureLayout = other.pictureLayout
        (self.metadata, self.notes) = (other.metadata, other.notes)
        self.compiled = nil
    }

    /// Makes a model from a graph, and from labels and preprocessing in the metadata of another file, such as a file of
    /// weights.
    ///
    /// - Throws: as ``init(contentsOf:weights:copiesCompiled:)-(URL,_,_)`` for invalid labels or preprocessing, naming the key.
    public init(graph: Graph, metadata: [String: String]) throws {
        try self.init(graph, graph.name, metadata, compiled: nil)
    }

    private init(
        _ graph: Graph, _ source: String, _ metadata: [String: String], compiled: CompiledModel?
    ) throws {
        let layout = graph.pictureLayout
        let classifier = try ClassifierMetadata(metadata, pictureExtent: graph.pictureExtent(layout)) {
            try graph.scoreOutput(labelCount: $0)?.classCount
        }
        self.graph = graph
        self.source = source
        (self.labels, self.preprocessing) = (classifier.labels, classifier.preprocessing)
        self.pictureLayout = layout
        (self.metadata, self.notes) = (metadata, classifier.notes)
        self.compiled = compiled
    }

    /// The model with the declared shapes of some inputs replaced by given ones, for example to measure it at one size.
    ///
    /// - Throws: as ``Graph/fixingInputs(_:)``.
    public func fixingInputs(_ shapes: [String: [Int]]) throws -> Model {
        try replacing(graph: graph.fixingInputs(shapes))
    }

    /// The model with the same source and metadata, but with another form of its graph.
    func replacing(graph: Graph) -> Model {
        var result = self
        result.graph = graph
        return result
    }

    /// The model's own preprocessing.
    func knownPreprocessing() throws -> Preprocessing {
        guard let preprocessing else {
            throw DeeperError(
                .invalidInput,
                "the model does not say how pictures become its input; give a preprocessing, for example one of the "
                    + "presets \(Preprocessing.presetNames.joined(separator: ", "))"
            ).within(source)
        }
        return preprocessing
    }

}
