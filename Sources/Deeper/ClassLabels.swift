internal import FoundationEssentials
internal import Tensors

/// Names of a network's classes.
public enum ClassLabels {
    /// Reads a text file with one name a line; empty lines at the end do not count.
    ///
    /// - Throws: `fileNotFound` if the file cannot be read.
    public static func read(_ path: String) throws -> [String] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw DeeperError(.fileNotFound, "cannot be read").within(path)
        }
        var lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasSuffix("\r") ? String($0.dropLast()) : String($0) }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}
