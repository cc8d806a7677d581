/// A data set of pictures, each with its class, for measuring a classifier.
public protocol LabelledPictures: Sendable {
    /// The number of pictures.
    var count: Int { get }

    /// The number of classes; all labels are less than it.
    var classCount: Int { get }

    /// The names of the classes, indexed by label, or nil if the data do not contain them.
    var classNames: [String]? { get }

    /// Files next to the pictures that are left out. Pictures that turn out to be broken are not among them.
    var skipped: [SkippedFile] { get }

    /// The name of a picture in messages: its path or its number.
    ///
    /// - Precondition: `index` is in `0..<count`.
    func name(at index: Int) -> String

    /// One picture and its label.
    ///
    /// - Precondition: `index` is in `0..<count`.
    /// - Throws: a `DeeperError` if the picture cannot be read.
    func picture(at index: Int) throws -> (picture: Picture, label: Int)
}

extension LabelledPictures {
    public var skipped: [SkippedFile] { [] }

    public func name(at index: Int) -> String { "picture \(index)" }
}
