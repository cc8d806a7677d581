internal import DeeperTensors
internal import FoundationEssentials

/// Reads the names of a network's classes.
public enum ClassLabels {
    /// Reads a text file with one name per line; empty lines at the end are ignored.
    ///
    /// - Throws: `fileNotFound` if the file cannot be read.
    public static func read(_ path: String) throws -> [String] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw DeeperError(.fileNotFound, "cannot be read").within(path)
        }
        return lines([UInt8](data))
    }

    /// Lines that end in LF or CR LF, without the empty ones at the end.
    static func lines(_ text: [UInt8]) -> [String] {
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}
