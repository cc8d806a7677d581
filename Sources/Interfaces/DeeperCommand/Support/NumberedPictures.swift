#if CommandLine
import DeeperCommandSupport
import DeeperImaging
import DeeperTensors

/// The pictures of a folder and of the folders below it, or of a data set, by number.
struct NumberedPictures {
    private enum Source {
        case files([String])
        case labelled(any LabelledPictures)
    }

    private let source: Source
    private let reading: ReadingOptions

    /// - Parameters:
    ///   - text: a folder, or a data set as for `deeper eval`.
    ///   - skipped: receives the files that are not pictures.
    /// - Throws: `fileNotFound` if there is no such folder; what reading a data set throws.
    init(_ text: String, _ reading: ReadingOptions, _ skipped: inout SkipReport) throws {
        guard !Dataset.isNamed(by: text) else {
            self.init(try Dataset(text, orientation: reading.orientation).pictures, reading, &skipped)
            return
        }
        let listing = try PictureListing(contentsOf: text)
        for file in listing.skipped { skipped.add(file) }
        self.init(.files(listing.files), reading)
    }

    private init(_ source: Source, _ reading: ReadingOptions) { (self.source, self.reading) = (source, reading) }

    init(_ pictures: any LabelledPictures, _ reading: ReadingOptions, _ skipped: inout SkipReport) {
        for file in pictures.skipped { skipped.add(file) }
        self.init(.labelled(pictures), reading)
    }

    var count: Int {
        switch source {
        case .files(let files): files.count
        case .labelled(let pictures): pictures.count
        }
    }

    func name(_ number: Int) -> String {
        switch source {
        case .files(let files): files[number]
        case .labelled(let pictures): pictures.name(at: number)
        }
    }

    /// Decodes a picture, with its label if there are labels; a broken one gives nil and an entry in the report.
    func picture(_ number: Int, _ skipped: inout SkipReport) throws -> (picture: Picture, label: Int?)? {
        do {
            switch source {
            case .files(let files): return (try reading.read(files[number]), nil)
            case .labelled(let pictures): return try pictures.picture(at: number)
            }
        } catch let error as DeeperError {
            skipped.add(SkippedFile(name(number), error))
            return nil
        }
    }
}
#endif
