import DeeperTensors

/// A data set of picture files that are sorted into one folder per class: `DIRECTORY/CLASS/.../FILE`. The pictures are
/// the files in the class folder itself and in any folder below it whose names have the extension of a picture format.
///
/// Labels number the class folders in the order of their names' UTF-8 bytes, as torchvision's `ImageFolder` does.
/// Everything else in these folders is ``skipped``. Files are decoded on demand.
public struct PictureFolder: LabelledPictures {
    private let files: [(path: String, label: Int)]
    private let folders: [String]
    private let limits: DecodingLimits
    private let orientation: Picture.Orientation
    public let skipped: [SkippedFile]

    /// Lists a folder of class folders.
    ///
    /// - Throws: `fileNotFound` if the folder or a class folder cannot be listed, `invalidModel` if there is no picture
    ///   in it or the name of a class is not UTF-8.
    public init(
        contentsOf directory: String, limits: DecodingLimits = DecodingLimits(),
        orientation: Picture.Orientation = .upright
    ) throws {
        (self.limits, self.orientation) = (limits, orientation)
        var folders: [FolderEntry] = []
        var files: [(path: String, label: Int)] = []
        var skipped: [SkippedFile] = []
        for entry in try FolderEntry.list(directory) {
            switch entry.kind {
            case .folder: folders.append(entry)
            case .hidden: skipped.append(.hidden(entry.path))
            case .file where PictureEndings.fit(entry.name):
                skipped.append(SkippedFile(entry.path, .outside, "it is not in a class folder"))
            case .file: skipped.append(.ending(entry.path, looksInside: skipped.count < SkippedFile.readCount))
            // Either may be a class folder; without it, the labels of the classes after it would be wrong.
            case .unnameable: throw DeeperError(.invalidModel, "this name is not UTF-8").within(entry.path)
            case .unreadable(let reason): throw DeeperError(.fileNotFound, reason).within(entry.path)
            }
        }
        for (label, folder) in folders.enumerated() {
            let listing = try PictureListing(contentsOf: folder.path)
            files += listing.files.map { ($0, label) }
            skipped += listing.skipped
        }
        guard !files.isEmpty else {
            let found = skipped.first.map { "; the first of \(skipped.count) other files is \($0.path): \($0.reason)" }
            throw DeeperError(
                .invalidModel,
                "found no picture; expected CLASS/FILE with a file name that ends in \(PictureEndings.text)"
                    + (found ?? "")
            ).within(directory)
        }
        (self.files, self.skipped) = (files, skipped)
        self.folders = folders.map(\.name)
    }

    public var count: Int { files.count }

    public var classCount: Int { folders.count }

    public var classNames: [String]? { folders }

    public func name(at index: Int) -> String { files[index].path }

    public func picture(at index: Int) throws -> (picture: Picture, label: Int) {
        let (path, label) = files[index]
        return (try Picture(contentsOf: path, limits: limits, orientation: orientation), label)
    }
}
