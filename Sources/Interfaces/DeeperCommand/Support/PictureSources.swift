#if CommandLine
import DeeperImaging
import DeeperTensors
import Glibc

/// The pictures that the command line names, in its order: files, the pictures of folders, and `-` for standard input.
struct PictureSources {
    enum Source {
        case file(String)
        case standardInput
        /// A folder without pictures, or something in a folder that cannot be read.
        case failed(String, DeeperError)

        /// Its name in answers.
        var name: String {
            switch self {
            case .file(let path), .failed(let path, _): path
            case .standardInput: PictureSources.standardInput
            }
        }

        /// Reads and decodes the picture.
        func picture(_ reading: ReadingOptions) throws -> Picture {
            switch self {
            case .file(let path): return try reading.read(path)
            case .failed(let path, let error): throw error.within(path)
            case .standardInput:
                return try locating("standard input") { try reading.read(from: STDIN_FILENO) }
            }
        }
    }

    static let standardInput = "-"

    private(set) var sources: [Source] = []
    /// Files in the folders that were not taken for pictures.
    private(set) var passedOver: [SkippedFile] = []
    /// Links to folders that were listed already.
    private(set) var repeated: [SkippedFile] = []

    init(_ arguments: [String]) {
        for argument in arguments {
            if argument == PictureSources.standardInput {
                sources.append(.standardInput)
            } else if PictureSources.isFolder(argument) {
                add(folder: argument)
            } else {
                sources.append(.file(argument))
            }
        }
    }

    private mutating func add(folder: String) {
        do {
            let listing = try PictureListing(contentsOf: folder)
            var found = listing.files.map(Source.file)
            for file in listing.skipped {
                switch file.kind {
                case .hidden, .ending: passedOver.append(file)
                case .repeated: repeated.append(file)
                default: found.append(.failed(file.path, DeeperError(.fileNotFound, file.reason)))
                }
            }
            guard !found.isEmpty else {
                throw DeeperError(
                    .invalidInput,
                    "there are no pictures in this folder or below it; names of picture files end in "
                        + PictureEndings.text)
            }
            sources += found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        } catch {
            var error = error as? DeeperError ?? DeeperError(.internalFault, "\(error)")
            if error.breadcrumbs.first == folder { error.breadcrumbs.removeFirst() }
            sources.append(.failed(folder, error))
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
#endif
