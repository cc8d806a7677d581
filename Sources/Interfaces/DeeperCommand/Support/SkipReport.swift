#if CommandLine
import DeeperCommandSupport
import DeeperImaging
import DeeperTensors

/// The files that were left out of data: a line on standard error for each, and counts at the end.
struct SkipReport {
    private(set) var files: [SkippedFile] = []

    init(_ files: [SkippedFile] = []) {
        for file in files { add(file) }
    }

    mutating func add(_ file: SkippedFile) {
        files.append(file)
        Console.warn("skipped: \(file.path): \(file.reason)")
    }

    /// Both reports together; nothing is printed again.
    func joined(_ other: SkipReport) -> SkipReport {
        var copy = self
        copy.files += other.files
        return copy
    }

    /// "5 files skipped (3 hidden, 2 unreadable)"; nil if there are none.
    var summary: String? {
        files.isEmpty ? nil : "\(SkipReport.count(files)) skipped (\(SkipReport.kinds(of: files)))"
    }

    static func count(_ files: [SkippedFile]) -> String { files.count == 1 ? "1 file" : "\(files.count) files" }

    /// "3 hidden, 2 unreadable"
    static func kinds(of files: [SkippedFile]) -> String {
        SkippedFile.Kind.allCases.compactMap { kind in
            let count = files.count { $0.kind == kind }
            return count == 0 ? nil : "\(count) \(kind.rawValue)"
        }.joined(separator: ", ")
    }

    /// For JSON.
    var entries: [Entry] { files.map { Entry(path: $0.path, reason: $0.reason) } }

    struct Entry: Encodable {
        let path: String
        let reason: String
    }
}
#endif
