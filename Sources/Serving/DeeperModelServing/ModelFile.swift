#if Server
/// A version of a model on disk.
struct ModelFile: Sendable, Equatable {
    let version: String
    let path: String
    /// Nil for a model that is not a file.
    let stamp: FileStamp?

    /// The current versions of a source.
    ///
    /// - Throws: as ``ModelSource/versions()``.
    static func files(of source: ModelSource) throws -> [ModelFile] {
        try source.versions().map { ModelFile(version: $0.version, path: $0.path, stamp: FileStamp(path: $0.path)) }
    }
}

extension ServedModel {
    /// Whether reading the file again would give the same model.
    func isCurrent(_ source: ModelSource, _ file: ModelFile) -> Bool {
        self.source == source && version == file.version && stamp != nil && stamp == file.stamp
    }
}
#endif
