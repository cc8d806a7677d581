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
    private var rows: [[String]] = []

    /// - Parameter columns: headings; those that start with `>` are numbers.
    init(_ columns: String...) { self.init(columns: columns) }

    init(columns: [String]) {
        isNumeric = columns.map { $0.hasPrefix(">") }
        headings = columns.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }
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
        let widths = fitted(headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }, limit)
        return all.map { row in
            row.indices.map { column in
                let cell = row[column].shortened(to: widths[column])
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return isNumeric[column] ? space + cell : cell + space
            }.joined(separator: String(repeating: " ", count: TextTable.gap)).trimmingTrailingSpaces
        }.joined(separator: "\n")
    }

    /// The widths with those of the widest texts reduced until a line fits; numbers are never cut.
    private func fitted(_ widths: [Int], _ limit: Int?) -> [Int] {
        var widths = widths
        guard let limit else { return widths }
        let least = headings.map { max(8, $0.count) }
        func excess() -> Int { widths.reduce(0, +) + TextTable.gap * (widths.count - 1) - limit }
        while excess() > 0,
            let widest = widths.indices.filter({ !isNumeric[$0] && widths[$0] > least[$0] }).max(by: {
                widths[$0] < widths[$1]
            })
        {
            widths[widest] -= 1
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
