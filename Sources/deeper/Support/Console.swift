#if CommandLine
import Foundation
import Glibc
import Tensors

/// Standard output for results, standard error for everything else.
enum Console {
    static func print(_ text: String) { write(text + "\n", to: .standardOutput) }

    static func warn(_ text: String) { write(text + "\n", to: .standardError) }

    /// Unbuffered, so that results and warnings come in the order in which they were made.
    static func write(_ text: String, to file: FileHandle) {
        do {
            try file.write(contentsOf: Data(text.utf8))
        } catch {
            // Nobody reads any more.
            exit(EXIT_FAILURE)
        }
    }

    /// Prints a value as JSON with sorted keys, on one line or indented.
    static func printJSON(_ value: some Encodable, isPretty: Bool = true) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            isPretty
            ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

/// A line on standard error that says how far long work has come; silent where nobody looks.
struct ProgressBar {
    private let total: Int
    private let isShown = isatty(STDERR_FILENO) == 1
    private let start = ContinuousClock.now
    private var lastPercent = -1

    init(total: Int) { self.total = max(1, total) }

    mutating func update(_ done: Int, _ note: String = "") {
        let percent = done * 100 / total
        guard isShown, percent != lastPercent else { return }
        lastPercent = percent
        let width = 30
        let filled = width * done / total
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        let elapsed = ContinuousClock.now - start
        let left = done > 0 ? elapsed * (total - done) / done : .zero
        Console.write("\r[\(bar)] \(done)/\(total) \(note) \(left.components.seconds) s left   ", to: .standardError)
    }

    func finish() {
        if isShown { Console.write("\r\u{1B}[K", to: .standardError) }
    }
}

/// Columns of text under headings, numbers to the right.
struct TextTable {
    private let headings: [String]
    private let isNumeric: [Bool]
    private var rows: [[String]] = []

    /// - Parameter columns: headings; those that start with `>` are numbers.
    init(_ columns: String...) {
        isNumeric = columns.map { $0.hasPrefix(">") }
        headings = columns.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }
    }

    mutating func add(_ cells: String...) { rows.append(cells) }

    var text: String {
        let all = [headings] + rows
        let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return isNumeric[column] ? space + row[column] : row[column] + space
            }.joined(separator: "  ").trimmingTrailingSpaces
        }.joined(separator: "\n")
    }
}

extension String {
    var trimmingTrailingSpaces: String {
        var copy = self[...]
        while copy.last == " " { copy.removeLast() }
        return String(copy)
    }
}

extension Int {
    /// The number with its digits in groups of three.
    var grouped: String {
        var result = ""
        for (position, digit) in String(magnitude).reversed().enumerated() {
            if position > 0, position % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return (self < 0 ? "-" : "") + String(result.reversed())
    }
}

/// A number with a fixed count of digits behind the point.
func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
#endif
