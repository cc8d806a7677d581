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
    /// The file it was read from, or the name its builder gave it: how messages name it.
    public let source: String
    /// The names of the classes by position in the output of scores, if they are known. That output is the first one
    /// with a row of as many scores for each picture.
    ///
    /// They are read from the metadata of an ONNX file, under deeper's own key or that of another program
    /// (docs/models.md), and may be changed: ``Engine/classify(batch:preprocessing:labels:top:)`` uses the value that
    /// is set here, and ``write(to:producer:)`` and ``Engine/compile(for:to:)`` write it.
    public var labels: [String]?
    /// How a picture becomes the network's input, if that is known. It is read from the same places as ``labels``.
    public var preprocessing: Preprocessing?
    /// The order of the axes of the input of pictures. It is recognised by the input's declared shape, as NHWC if there
    /// are four axes and only the last of them can be that of one or three channels, and may be changed.
    public var pictureLayout: PictureLayout
    /// The texts of the file's `metadata_props`, as read.
    public let metadata: [String: String]
    /// Remarks for people about metadata of other programs that was ignored.
    public let notes: [String]
    /// The packed weights of a compiled file.
    let compiled: CompiledModel?

    /// Reads an ONNX file, or one that ``Engine/compile(for:to:)`` wrote. External data must lie in the file's folder or
    /// below.
    ///
    /// Large weights stay in the file, which is kept open, until an ``Engine`` prepares them; a file that was changed by
    /// then gives an error. A compiled file is mapped: replace it by renaming, since overwriting it changes the answers and
    /// shortening it ends the process.
    ///
    /// - Parameter copiesCompiled: whether a compiled file is copied into memory instead, as a server should that does not
    ///   know what will become of its files. Takes as much memory as the file, and the time to read it.
    /// - Throws: `DeeperError` with code `fileNotFound`, `invalidModel` or `unsupported`, naming file and node;
    ///   `invalidModel` or `limitExceeded`, naming file and key, for labels or preprocessing that make no sense.
    public init(contentsOf url: URL, copiesCompiled: Bool = false) throws {
        try self.init(path: url.relativePath, copies: copiesCompiled, formats: ModelFormats.all)
    }

    /// How names of model files end: ".onnx", ".deeper".
    public static var fileEndings: [String] { ModelFormats.endings }

    /// Reads a file of one of some formats.
    package init(path: String, copies: Bool = false, formats: [any ModelFormat.Type]) throws {
        let contents = try ModelFormats.read(path: path, copies: copies, formats: formats)
        self = try locating(path) {
            try Model(contents.graph, path, contents.metadata, compiled: contents.compiled)
        }
    }

    /// Takes a graph that a builder made.
    public init(graph: Graph, labels: [String]? = nil, preprocessing: Preprocessing? = nil) {
        self.graph = graph
        self.source = graph.name
        (self.labels, self.preprocessing) = (labels, preprocessing)
        self.pictureLayout = graph.pictureLayout
        (self.metadata, self.notes) = ([:], [])
        self.compiled = nil
    }

    /// Takes a graph that was derived from another model's or has its weights, and that model's labels, preprocessing,
    /// layout of pictures and metadata.
    public init(graph: Graph, like other: Model) {
        self.graph = graph
        self.source = graph.name
        (self.labels, self.preprocessing) = (other.labels, other.preprocessing)
        self.pictureLayout = other.pictureLayout
        (self.metadata, self.notes) = (other.metadata, other.notes)
        self.compiled = nil
    }

    /// Takes a graph, and labels and preprocessing from metadata that another file holds, such as a file of weights.
    ///
    /// - Throws: as ``init(contentsOf:)`` for labels or preprocessing that make no sense, naming the key.
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
    /// - Throws: as ``DeeperGraphs/Graph/fixingInputs(_:)``.
    public func fixingInputs(_ shapes: [String: [Int]]) throws -> Model {
        try replacing(graph: graph.fixingInputs(shapes))
    }

    /// The same model, with the same source and metadata but another form of its graph.
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

    /// A named value and what the model says of its type.
    public struct Port: Sendable, CustomStringConvertible {
        public let name: String
        public let type: DeclaredType
        public var description: String { "\(name): \(type)" }
    }

    /// The inputs that a run must be given, in the model's order. A run may also be given new values for initialisers
    /// that the model lists as inputs.
    public var inputs: [Port] {
        graph.inputs.filter { graph.constants[$0.value] == nil }.map {
            Port(name: graph.name(of: $0.value), type: $0.type)
        }
    }

    /// The names of the outputs, in the model's order.
    public var outputNames: [String] { graph.outputs.map { graph.name(of: $0) } }
}
