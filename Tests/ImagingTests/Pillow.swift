import DeeperImaging
import DeeperTestSupport
import Foundation
import Testing

/// Pillow, run through Tests/Python/pillow_answers.py.
enum Pillow {
    struct Job {
        var path: String
        /// Nil to decode only.
        var filter: ResizeFilter?
        var extent = Extent(width: 0, height: 0)
        var orientation = Picture.Orientation.upright
    }

    /// Whether Python runs and has Pillow.
    static let isPresent = PythonReference.has(module: "PIL")

    /// Pillow's picture for each job, nil where it refuses the file.
    static func answers(to jobs: [Job]) throws -> [Picture?] {
        try withTemporaryFolder { folder in
            let lines = jobs.map { job in
                "\(job.path)\t\(job.filter?.rawValue ?? (job.orientation == .stored ? "stored" : "decode"))\t\(job.extent.width)\t\(job.extent.height)\n"
            }
            try lines.joined().write(toFile: folder + "/jobs", atomically: true, encoding: .utf8)
            #expect(
                try PythonReference.run(script: "pillow_answers.py", [folder + "/jobs", folder + "/answers"]) == 0)
            return try read([UInt8](Data(contentsOf: URL(filePath: folder + "/answers"))), count: jobs.count)
        }
    }

    private static func read(_ bytes: [UInt8], count: Int) throws -> [Picture?] {
        var position = 0
        func integer() -> Int {
            defer { position += 4 }
            return bytes[position..<position + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        return try (0..<count).map { _ in
            let (width, height) = (integer(), integer())
            let end = position + 3 * width * height
            defer { position = end }
            return width == 0
                ? nil : try Picture(width: width, height: height, pixels: Array(bytes[position..<end]))
        }
    }
}
