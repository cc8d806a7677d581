import Glibc
import Tensors

/// Picture files sorted into one folder a class: `DIRECTORY/CLASS/*.jpg`, `.png` and so on, in any case.
///
/// Labels number the class folders in the order of their names' UTF-8 bytes, as torchvision's `ImageFolder` does.
/// Names that start with a dot are ignored, and so are other files and deeper folders. Files are decoded on demand.
public struct PictureFolder: LabelledPictures {
    private let files: [(path: String, label: Int)]
    private let folders: [String]
    private let limits: DecodingLimits
    private let orientation: Picture.Orientation

    /// Lists a folder of class folders.
    ///
    /// - Throws: `fileNotFound` if a folder cannot be listed, `invalidModel` if there is no picture in it.
    public init(
        contentsOf directory: String, limits: DecodingLimits = DecodingLimits(),
        orientation: Picture.Orientation = .upright
    ) throws {
        self.limits = limits
        self.orientation = orientation
        folders = try entries(of: directory, type: S_IFDIR)
        files = try folders.enumerated().flatMap { label, folder in
            try entries(of: "\(directory)/\(folder)", type: S_IFREG)
                .filter(PictureFormat.matchesEnding)
                .map { (path: "\(directory)/\(folder)/\($0)", label: label) }
        }
        guard !files.isEmpty else {
            throw DeeperError(.invalidModel, "\(directory): expected CLASS/*.jpg or CLASS/*.png, found no picture")
        }
    }

    public var count: Int { files.count }

    public var classNames: [String]? { folders }

    public func picture(at index: Int) throws -> (picture: Picture, label: Int) {
        (
            try Picture(contentsOf: files[index].path, limits: limits, orientation: orientation), files[index].label
        )
    }
}

/// The names in a folder that do not start with a dot and, links followed, are of the given type; in byte order.
private func entries(of directory: String, type: mode_t) throws -> [String] {
    guard let stream = opendir(directory) else {
        throw DeeperError(
            .fileNotFound, "\(directory): the folder cannot be listed: \(String(cString: strerror(errno)))")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        var status = stat()
        if !name.hasPrefix("."), stat("\(directory)/\(name)", &status) == 0, status.st_mode & S_IFMT == type {
            names.append(name)
        }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
}
