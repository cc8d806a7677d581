public import DeeperTensors

/// A file or folder that was found next to pictures and left out, and why.
public struct SkippedFile: Sendable, Hashable {
    /// The kinds of reasons, for counting.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The name starts with a dot.
        case hidden
        /// The name does not have the extension of a picture format.
        case ending = "without a picture's ending"
        /// The file is next to the class folders instead of inside one.
        case outside = "outside of the class folders"
        /// A link leads to a folder that has already been listed.
        case repeated = "listed already"
        /// The name is not UTF-8.
        case name = "not named in UTF-8"
        /// The picture or file is larger than the limit.
        case tooLarge = "too large"
        /// The file is not a valid picture, or the system refuses to read the file or folder.
        case unreadable
    }

    /// The path, beginning with that of the folder that was listed.
    public let path: String
    public let kind: Kind
    /// A human-readable reason, to be read after the path.
    public let reason: String

    public init(_ path: String, _ kind: Kind, _ reason: String) {
        self.path = path
        self.kind = kind
        self.reason = reason
    }

    /// A picture that could not be decoded.
    ///
    /// - Parameter error: what decoding threw; the path among its breadcrumbs is not repeated.
    public init(_ path: String, _ error: DeeperError) {
        var error = error
        if error.breadcrumbs.first == path { error.breadcrumbs.removeFirst() }
        self.init(path, error.code == .limitExceeded ? .tooLarge : .unreadable, error.description)
    }
}

extension SkippedFile {
    /// How many of the files that are left out are opened for a hint. Opening all would take long in large folders.
    static let readCount = 100

    static func hidden(_ path: String) -> SkippedFile {
        SkippedFile(path, .hidden, "hidden, its name starts with a dot")
    }

    /// Looks at the first bytes, so that the reason can say that only the name keeps a picture from being read.
    static func ending(_ path: String, looksInside: Bool) -> SkippedFile {
        let hint =
            looksInside && PictureEndings.startsLikePicture(path)
            ? ", although the file starts like a picture; rename it to have it read" : ""
        return SkippedFile(path, .ending, "its name does not end like a picture's\(hint)")
    }

    static func name(_ path: String) -> SkippedFile {
        SkippedFile(path, .name, "its name is not UTF-8; rename it to have it read")
    }
}
