#if Server
public import Deeper
public import DeeperImaging
internal import DeeperTensors
internal import FoundationEssentials

/// The settings of a served model: where it comes from and how its requests are joined.
public struct ModelSource: Sendable, Equatable {
    /// The name that clients use.
    public var name: String
    /// A file; a folder with one file; or a folder with one subfolder per version, whose names are numbers.
    public var path: String
    /// The largest number of rows in one request.
    public var maxBatch: Int
    /// The number of rows up to which requests are joined; 1 switches joining off. If nil, the best number is measured
    /// when the model loads.
    public var preferredBatch: Int?
    /// How long a request may wait for others to join, in microseconds.
    public var maxDelayMicroseconds: Int
    /// The number of requests that may wait. If nil, as many as are computed within ``queueLatency``, measured when the
    /// model loads.
    public var queueLimit: Int?
    /// The longest time that a request should wait, in seconds.
    public var queueLatency: Double
    /// The model's share of the computing time while requests wait for several models: one of priority 3 gets three
    /// times as much as one of priority 1.
    public var priority = 1
    /// The versions to serve of a folder with one subfolder per version.
    public var versionPolicy = VersionPolicy.all
    /// The extent of the inputs' open dimensions, except for the batch, with which the model is tested, timed and
    /// warmed up when it loads. If nil, one that the network accepts. Requests may have any other extent.
    public var warmUpExtent: Int?
    /// Whole shapes of inputs for the same purpose. If the first dimension is the batch, its extent is ignored.
    public var warmUpShapes: [InputShape] = []
    /// How a picture becomes the model's input. If nil, as the model specifies, otherwise as `Preprocessing.caffe`,
    /// which is logged.
    public var preprocessing: Preprocessing?
    /// Names of the classes by position in the output of scores. If nil, the model's own are used.
    public var labels: [String]?

    /// The source of one model; what is left out has the defaults of a server.
    public init(
        name: String, path: String, maxBatch: Int = 8, preferredBatch: Int? = nil, maxDelayMicroseconds: Int = 0,
        queueLimit: Int? = nil, queueLatency: Double = 1,
        preprocessing: Preprocessing? = nil, labels: [String]? = nil
    ) {
        self.name = name
        self.path = path
        self.maxBatch = maxBatch
        self.preferredBatch = preferredBatch
        self.maxDelayMicroseconds = maxDelayMicroseconds
        self.queueLimit = queueLimit
        self.queueLatency = queueLatency
        self.preprocessing = preprocessing
        self.labels = labels
    }

    /// - Throws: `invalidInput` for a name that cannot be part of a path, and for numbers out of range.
    public func validate() throws {
        let isFit = name.utf8.allSatisfy {
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20
                || "._-".utf8.contains($0)
        }
        guard isFit, !name.isEmpty, name.utf8.count <= 128, name != ".", name != ".." else {
            throw DeeperError(
                .invalidInput, "the model name \"\(name)\" should be letters, digits, '.', '_' and '-', at most 128")
        }
        try locating("model \"\(name)\"") {
            guard (1...1024).contains(maxBatch) else {
                throw DeeperError(.invalidInput, "the largest batch is \(maxBatch), expected 1 to 1024")
            }
            guard (1...maxBatch).contains(preferredBatch ?? 1) else {
                throw DeeperError(
                    .invalidInput, "the preferred batch is \(preferredBatch ?? 1), expected 1 to \(maxBatch)")
            }
            guard (0...10_000_000).contains(maxDelayMicroseconds) else {
                throw DeeperError(
                    .invalidInput, "the largest delay is \(maxDelayMicroseconds) microseconds, expected 0 to 10000000")
            }
            guard (1...1000).contains(priority) else {
                throw DeeperError(.invalidInput, "the priority is \(priority), expected 1 to 1000")
            }
            guard ModelSource.warmUpExtents.contains(warmUpExtent ?? 1) else {
                throw DeeperError(
                    .invalidInput, "the size to warm up with is \(warmUpExtent ?? 1), expected 1 to 65536")
            }
            guard (1...1_000_000).contains(queueLimit ?? 1) else {
                throw DeeperError(.invalidInput, "the queue limit is \(queueLimit ?? 1), expected 1 to 1000000")
            }
        }
    }

    package static let warmUpExtents = 1...65_536

    /// The path that selects the model that comes with the program instead of a file.
    public static let builtinPath = "builtin"

    /// That path, and the path of its int8 form.
    public static let builtinPaths = [builtinPath, "builtin-int8"]

    /// The models of a folder with one subfolder per model, in order of their names.
    ///
    /// - Parameter source: creates a source from a name and a path.
    /// - Throws: `fileNotFound` if there is no such folder.
    public static func inFolder(
        _ path: String, _ source: (_ name: String, _ path: String) -> ModelSource
    ) throws -> [ModelSource] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw DeeperError(.fileNotFound, "the folder of models cannot be read").within(path)
        }
        return names.sorted().compactMap { name in
            var isFolder = false
            guard !name.hasPrefix("."),
                FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isFolder),
                isFolder
            else { return nil }
            return source(name, "\(path)/\(name)")
        }
    }

    /// The files of the versions to serve, the newest last.
    ///
    /// - Throws: `fileNotFound` if nothing is found, `invalidInput` for a folder with another layout.
    func versions() throws -> [(version: String, path: String)] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return [("1", path)] }
        let numbers = names.compactMap { name in Int(name).flatMap { $0 > 0 && String($0) == name ? $0 : nil } }
        if numbers.isEmpty { return [("1", try ModelSource.modelFile(in: path, names))] }
        let chosen = versionPolicy.chosen(of: numbers.sorted())
        guard !chosen.isEmpty else {
            throw DeeperError(.fileNotFound, "no version in the folder matches \(versionPolicy)").within(path)
        }
        return try chosen.map { number in
            let folder = "\(path)/\(number)"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return (String(number), try ModelSource.modelFile(in: folder, names))
        }
    }

    private static func modelFile(in folder: String, _ names: [String]) throws -> String {
        let files = names.filter { name in Model.fileEndings.contains(where: name.hasSuffix) }.sorted()
        guard let file = files.first else {
            throw DeeperError(
                .fileNotFound,
                "the folder holds no \(Model.fileEndings.joined(separator: " or ")) file and no folders of versions"
            ).within(folder)
        }
        guard files.count == 1 else {
            throw DeeperError(.invalidInput, "expected one model, found \(files.joined(separator: ", "))").within(
                folder)
        }
        return "\(folder)/\(file)"
    }
}
#endif
