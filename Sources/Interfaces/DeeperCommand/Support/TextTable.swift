#if CommandLine
import DeeperCommandSupport

/// How a table is written.
enum TableStyle {
    case plain
    case csv
    case markdown
}

/// Columns of text under headings, numbers to the right.
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

    var text: String { text(.plain) }

    func text(_ style: TableStyle) -> String {
        switch style {
        case .plain: plain
        case .csv: csv
        case .markdown: markdown
        }
    }

    private var plain: String {
        let all = [headings] + rows
        let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return isNumeric[column] ? space + row[column] : row[column] + space
            }.joined(separator: "  ").trimmingTrailingSpaces
        }.joined(separator: "\n")
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
