import Foundation
import Imaging
import TestSupport

/// The files that Tests/Python/picture_files.py writes.
enum PictureFiles {
    /// Calls `body` with the paths of all files of a kind, sorted.
    static func with<Result>(_ kind: String, _ body: ([String]) throws -> Result) throws -> Result {
        try withTemporaryFolder { folder in
            let status = try PythonReference.run(script: "picture_files.py", [kind, folder])
            guard status == 0 else { throw Failure() }
            return try body(FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { "\(folder)/\($0)" })
        }
    }

    private struct Failure: Error {}
}

extension Picture {
    /// The largest and the mean difference of samples; nil for pictures of other extents.
    func difference(from other: Picture) -> (largest: Int, mean: Double)? {
        guard extent == other.extent else { return nil }
        let differences = zip(pixels, other.pixels).map { abs(Int($0) - Int($1)) }
        return (differences.max() ?? 0, Double(differences.reduce(0, +)) / Double(pixels.count))
    }
}
