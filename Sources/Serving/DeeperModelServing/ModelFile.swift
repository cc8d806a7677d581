#if Server
/// A version of a model on disk.
struct ModelFile: Sendable, Equatable {
    let version: String
    let path: String
    /// Nil for what is no file.
    let stamp: FileStamp?

    /// The versions of a source as they are now.
    ///
    /// - Throws: as ``ModelSource/versions()``.
    static func files(of source: ModelSource) throws -> [ModelFile] {
        try source.versions().map { ModelFile(version: $0.version, path: $0.path, stamp: FileStamp(path: $0.path)) }
    }
}

extension ServedModel {
    /// Whether reading the file again would give the same.
    func isCurrent(_ source: ModelSource, _ file: ModelFile) -> Bool {
        self.source == source && version == file.version && stamp != nil && stamp == file.stamp
    }
}
#endif
