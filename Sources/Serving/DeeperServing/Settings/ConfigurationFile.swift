#if Server
internal import Deeper
internal import DeeperImaging
internal import DeeperJSON
internal import DeeperModelServing
internal import DeeperTensors
internal import FoundationEssentials

extension ServingConfiguration {
    /// Applies the settings of a JSON file: an object with the settings by name, and "models", an array of objects with
    /// "name", "path" and, where they differ from the server's, "max-batch", "preferred-batch", "max-delay",
    /// "queue-limit", "priority", "version-policy", "warmup-size", "warmup-shape" (a text or an array of texts),
    /// "preset" and "labels".
    ///
    /// - Throws: `fileNotFound`, or `invalidInput` for a file with an unknown setting or an invalid value.
    public mutating func set(fromFile path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw DeeperError(.fileNotFound, "cannot be read").within(path)
        }
        var models: [ModelEntry] = []
        try locating(path) {
            var reader = try JSONReader([UInt8](data), errors: .invalidInput)
            try reader.object { name, reader in
                if name == "models" {
                    try reader.array { reader in models.append(try ModelEntry(&reader)) }
                } else {
                    let value = try reader.scalar()
                    try locating("\"\(name)\"") { try set(name, to: value) }
                }
            }
            try reader.end()
            for entry in models { self.models.append(try entry.source(in: self, besideFile: path)) }
        }
    }
}

/// A model in a configuration file.
private struct ModelEntry {
    private var values: [String: String] = [:]
    private var warmUpShapes: [String] = []
    private static let keys = [
        "name", "path", "max-batch", "preferred-batch", "max-delay", "queue-limit", "priority",
        "version-policy", "warmup-size", "warmup-shape", "preset", "labels",
    ]

    init(_ reader: inout JSONReader) throws {
        var values: [String: String] = [:]
        var shapes: [String] = []
        try reader.object { name, reader in
            guard Self.keys.contains(name) else {
                throw DeeperError(
                    .invalidInput, "a model has no setting \"\(name)\", only \(Self.keys.joined(separator: ", "))")
            }
            if name == "warmup-shape", reader.peek() == UInt8(ascii: "[") {
                try reader.array { reader in shapes.append(try reader.string()) }
            } else if name == "warmup-shape" {
                shapes.append(try reader.string())
            } else {
                values[name] = try reader.scalar()
            }
        }
        (self.values, self.warmUpShapes) = (values, shapes)
    }

    func source(in configuration: ServingConfiguration, besideFile file: String) throws -> ModelSource {
        guard let name = values["name"], let path = values["path"] else {
            throw DeeperError(.invalidInput, "a model needs \"name\" and \"path\"")
        }
        return try locating("model \"\(name)\"") {
            var source = configuration.source(name: name, path: Self.resolved(path, file))
            if let rows = try integer("max-batch") { source.maxBatch = rows }
            if let rows = try integer("preferred-batch") { source.preferredBatch = rows }
            if let time = try integer("max-delay") { source.maxDelayMicroseconds = time }
            if let count = try integer("queue-limit") { source.queueLimit = count }
            if let priority = try integer("priority") { source.priority = priority }
            if let policy = values["version-policy"] { source.versionPolicy = try VersionPolicy(policy) }
            if let extent = try integer("warmup-size") { source.warmUpExtent = extent }
            source.warmUpShapes = try warmUpShapes.map { text in
                guard let shape = InputShape(text) else {
                    throw DeeperError(
                        .invalidInput,
                        "\"warmup-shape\" is \"\(text)\", expected NAME=EXTENT,EXTENT,..., such as images=1,3,640,640")
                }
                return shape
            }
            if let preset = values["preset"] { source.preprocessing = try Preprocessing.preset(named: preset) }
            if let labels = values["labels"] { source.labels = try ClassLabels.read(Self.resolved(labels, file)) }
            return source
        }
    }

    private func integer(_ key: String) throws -> Int? {
        try values[key].map { text in
            guard let value = Int(text) else {
                throw DeeperError(.invalidInput, "\"\(key)\" is \"\(text)\", expected an integer")
            }
            return value
        }
    }

    /// Resolves a path relative to the folder of the file, wherever the server was started.
    private static func resolved(_ path: String, _ file: String) -> String {
        guard !path.hasPrefix("/"), !ModelSource.builtinPaths.contains(path), let end = file.lastIndex(of: "/") else {
            return path
        }
        return file[...end] + path
    }
}

extension JSONReader {
    /// A string, number or boolean, as text.
    fileprivate mutating func scalar() throws -> String {
        switch peek() {
        case UInt8(ascii: "\""): return try string()
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return try boolean() ? "true" : "false"
        default:
            let value = try number()
            return Int(exactly: value).map(String.init) ?? String(value)
        }
    }
}
#endif
