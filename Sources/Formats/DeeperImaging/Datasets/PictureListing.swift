import DeeperTensors

/// The pictures in a folder and in all folders below it, found by the extensions of their names.
///
/// Links are followed, each folder is listed once, and what is left out is recorded with the reason.
public struct PictureListing: Sendable {
    /// The paths of the picture files, each beginning with the folder's path, in the order of their bytes.
    public private(set) var files: [String] = []
    /// What was left out, in the order of the paths' bytes.
    public private(set) var skipped: [SkippedFile] = []

    /// Lists a folder.
    ///
    /// - Throws: `fileNotFound` if the folder itself cannot be listed. Folders below it that cannot be listed are among
    ///   ``skipped``, as are links to folders that are listed already.
    public init(contentsOf folder: String) throws {
        var places: [FolderEntry.Identity: String] = [:]
        if let own = FolderEntry.identity(of: folder) { places[own] = folder }
        var folders: [(path: String, identity: FolderEntry.Identity)] = []
        var links = folders
        try list(folder, &folders, &links)
        // Links come last, so that a folder inside this one is listed at its real path.
        while let next = folders.popLast() ?? links.popLast() {
            if let place = places[next.identity] {
                let reason = "it is the same folder as \(place), which is listed already"
                skipped.append(SkippedFile(next.path, .repeated, reason))
                continue
            }
            places[next.identity] = next.path
            do {
                try list(next.path, &folders, &links)
            } catch let error as DeeperError {
                skipped.append(SkippedFile(next.path, error))
            }
        }
        files.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        skipped.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private mutating func list(
        _ folder: String, _ folders: inout [(path: String, identity: FolderEntry.Identity)],
        _ links: inout [(path: String, identity: FolderEntry.Identity)]
    ) throws {
        for entry in try FolderEntry.list(folder) {
            switch entry.kind {
            case .folder(let identity, false): folders.append((entry.path, identity))
            case .folder(let identity, true): links.append((entry.path, identity))
            case .file where PictureEndings.fit(entry.name): files.append(entry.path)
            case .file: skipped.append(.ending(entry.path, looksInside: skipped.count < SkippedFile.readCount))
            case .hidden: skipped.append(.hidden(entry.path))
            case .unnameable: skipped.append(.name(entry.path))
            case .unreadable(let reason): skipped.append(SkippedFile(entry.path, .unreadable, reason))
            }
        }
    }
}
