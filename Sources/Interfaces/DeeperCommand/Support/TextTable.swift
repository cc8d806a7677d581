#if CommandLine
import DeeperCommandSupport

/// How a table is written.
enum TableStyle {
    case plain
    case csv
    case markdown
}

/// Columns of text under headings, with numbers aligned to the right.
struct TextTable {
    private let headings: [String]
    private let isNumeric: [Bool]
    private let isOptional: [Bool]
    private var rows: [[String]] = []

    /// - Parameter columns: headings; those that start with `>` are numbers, and those that start with `?` before that are
    ///   left out of a plain table that would not fit the terminal otherwise, the last one first.
    init(_ columns: String...) { self.init(columns: columns) }

    init(columns: [String]) {
        isOptional = columns.map { $0.hasPrefix("?") }
        let marked = columns.map { $0.hasPrefix("?") ? String($0.dropFirst()) : $0 }
        isNumeric = marked.map { $0.hasPrefix(">") }
        headings = marked.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }
    }

    mutating func add(_ cells: String...) { rows.append(cells) }
    mutating func add(cells: [String]) { rows.append(cells) }

    /// The table, with long texts shortened so that lines fit the terminal if standard output is one.
    var text: String { text(.plain) }

    /// - Parameter columns: the longest line of a plain table; nil for any length.
    func text(_ style: TableStyle, columns: Int? = Console.columns) -> String {
        switch style {
        case .plain: plain(columns)
        case .csv: csv
        case .markdown: markdown
        }
    }

    private static let gap = 2

    private func plain(_ limit: Int?) -> String {
        let all = [headings] + rows
        let full = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let shown = columns(full, limit)
        let widths = fitted(full, shown, limit)
        return all.map { row in
            shown.map { column in
                let cell = row[column].shortened(to: widths[column])
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return isNumeric[column] ? space + cell : cell + space
            }.joined(separator: String(repeating: " ", count: TextTable.gap)).trimmingTrailingSpaces
        }.joined(separator: "\n")
    }

    private func least(_ column: Int, _ widths: [Int]) -> Int {
        isNumeric[column] ? widths[column] : min(widths[column], max(8, headings[column].count))
    }

    /// The columns that are shown: without as many optional ones as necessary.
    private func columns(_ widths: [Int], _ limit: Int?) -> [Int] {
        var shown = Array(headings.indices)
        guard let limit else { return shown }
        func leastLength() -> Int {
            shown.reduce(0) { $0 + least($1, widths) } + TextTable.gap * (shown.count - 1)
        }
        while leastLength() > limit, let last = shown.last(where: { isOptional[$0] }) { shown.removeAll { $0 == last } }
        return shown
    }

    /// The widths, with those of the widest texts reduced until a line fits; numbers are never cut.
    private func fitted(_ widths: [Int], _ shown: [Int], _ limit: Int?) -> [Int] {
        var widths = widths
        guard let limit else { return widths }
        var excess = shown.reduce(0) { $0 + widths[$1] } + TextTable.gap * (shown.count - 1) - limit
        while excess > 0,
            let widest = shown.filter({ widths[$0] > least($0, widths) }).max(by: { widths[$0] < widths[$1] })
        {
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    /// Numbers without grouping, text in quotes where it must be (RFC 4180).
    private var csv: String {
        func quoted(_ cell: String) -> String {
            let isPlain = !cell.contains { $0 == "," || $0 == "\"" || $0.isNewline }
            return isPlain
                ? cell
                : "\""
                    + cell.split(separator: "\"", omittingEmptySubsequences: false)
                    .joined(separator: "\"\"") + "\""
        }
        let lines =
            [headings.map(quoted)]
            + rows.map { row in
                row.indices.map { isNumeric[$0] ? row[$0].filter { $0 != "," } : quoted(row[$0]) }
            }
        return lines.map { $0.joined(separator: ",") }.joined(separator: "\n")
    }

    private var markdown: String {
        func line(_ cells: [String]) -> String {
            "| "
                + cells.map { $0.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|") }
                .joined(separator: " | ") + " |"
        }
        let rule = isNumeric.map { $0 ? "---:" : "---" }
        return ([line(headings), line(rule)] + rows.map(line)).joined(separator: "\n")
    }
}
#endif
