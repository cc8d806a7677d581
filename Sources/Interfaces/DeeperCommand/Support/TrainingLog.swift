#if CommandLine
import DeeperCommandSupport
import DeeperTensors
import FoundationEssentials
import Glibc

/// A table in CSV that grows row by row and survives being stopped: the first column is the step.
struct TrainingLog {
    private let path: String
    private(set) var rows: [[String]]
    let columns: [String]

    /// - Parameter step: rows beyond it are dropped, since the training goes on from there; 0 begins a new table.
    init(path: String, columns: [String], resumingAt step: Int) throws {
        self.path = path
        self.columns = columns
        rows = []
        if step > 0, let data = FileManager.default.contents(atPath: path) {
            rows = String(decoding: data, as: UTF8.self).split(separator: "\n").dropFirst().map {
                $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }.filter { $0.count == columns.count && Int($0[0]).map { $0 <= step } ?? false }
        }
        let text = ([columns] + rows).map { $0.joined(separator: ",") + "\n" }.joined()
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw DeeperError(.fileNotFound, "cannot be written: \(fileReason(error))").within(path)
        }
    }

    mutating func add(_ row: [String]) throws {
        rows.append(row)
        guard let file = fopen(path, "a") else {
            throw DeeperError(.fileNotFound, "cannot be written: \(String(cString: strerror(errno)))").within(path)
        }
        let isWritten = fputs(row.joined(separator: ",") + "\n", file) >= 0
        guard fclose(file) == 0, isWritten else {
            throw DeeperError(.limitExceeded, "the system refused to write").within(path)
        }
    }

    /// A column's numbers, by the row's step.
    func series(_ column: String) -> [(step: Double, value: Double)] {
        guard let index = columns.firstIndex(of: column) else { return [] }
        return rows.compactMap { row in
            guard let step = Double(row[0]), let value = Double(row[index]) else { return nil }
            return (step, value)
        }
    }
}
#endif
