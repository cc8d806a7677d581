/// Pictures with the class each belongs to, for measuring a classifier.
public protocol LabelledPictures: Sendable {
    /// The number of pictures.
    var count: Int { get }

    /// The names of the classes, the label being the index, or nil where the data do not tell.
    var classNames: [String]? { get }

    /// One picture and its label.
    ///
    /// - Precondition: `index` is in `0..<count`.
    /// - Throws: a `DeeperError` if the picture cannot be read.
    func picture(at index: Int) throws -> (picture: Picture, label: Int)
}
