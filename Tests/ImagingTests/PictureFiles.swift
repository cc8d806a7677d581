import DeeperImaging
import DeeperTestSupport
import Foundation
import Testing

/// The files that Tests/Python/picture_files.py writes, and Pillow's pictures of them.
///
/// Starting Python takes longer than all that it does for one kind of file, so it is started once for all kinds.
enum PictureFiles {
    struct File {
        var path: String
        /// Pillow's picture, upright; nil where it refuses the file.
        var answer: Picture?
        /// The file's bytes.
        func bytes() throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }
    }

    /// All files of a kind, sorted by name.
    static func of(_ kind: String) throws -> [File] {
        let files = try #require(try all.get()[kind], "picture_files.py has no kind \(kind)")
        try #require(!files.isEmpty, "there are no files of the kind \(kind)")
        return files
    }

    private static let all = Result { try written() }

    /// Removed when the process ends.
    private static let folder = FileManager.default.temporaryDirectory.path + "/deeper-\(UUID().uuidString)"

    private static func written() throws -> [String: [File]] {
        let manager = FileManager.default
        try manager.createDirectory(atPath: folder, withIntermediateDirectories: false)
        atexit { try? FileManager.default.removeItem(atPath: PictureFiles.folder) }
        try #require(try PythonReference.run(script: "picture_files.py", ["all", folder]) == 0)
        let names = try manager.contentsOfDirectory(atPath: folder).sorted().flatMap { kind in
            try manager.contentsOfDirectory(atPath: "\(folder)/\(kind)").sorted().map {
                (kind, "\(folder)/\(kind)/\($0)")
            }
        }
        let answers = try Pillow.answers(to: names.map { Pillow.Job(path: $0.1) })
        let files = zip(names, answers).map { ($0.0, File(path: $0.1, answer: $1)) }
        return Dictionary(grouping: files, by: \.0).mapValues { $0.map(\.1) }
    }
}

extension Picture {
    /// The largest and the mean difference of samples; nil for pictures of other extents.
    func difference(from other: Picture) -> (largest: Int, mean: Double)? {
        guard extent == other.extent else { return nil }
        var largest = 0, sum = 0
        for index in pixels.indices {
            let difference = abs(Int(pixels[index]) - Int(other.pixels[index]))
            largest = max(largest, difference)
            sum += difference
        }
        return (largest, Double(sum) / Double(pixels.count))
    }
}
