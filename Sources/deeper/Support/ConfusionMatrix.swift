#if CommandLine
import FoundationEssentials
import Tensors

/// A confusion matrix as an SVG picture: rows are true classes, columns answers, darker is more.
struct ConfusionMatrix {
    let counts: [[Int]]
    let names: [String]
    let title: String

    func write(to path: String) throws {
        do {
            try Data(svg.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw DeeperError(.fileNotFound, "cannot be written: \(fileReason(error))").within(path)
        }
    }

    private var svg: String {
        let cell = max(4, min(48, 960 / max(1, counts.count)))
        let margin = 130
        let side = margin + cell * counts.count + 20
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(side)\" height=\"\(side + 30)\" font-family=\"sans-serif\" font-size=\"12\">",
            "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
            "<text x=\"\(side / 2)\" y=\"18\" text-anchor=\"middle\" font-size=\"13\">\(escaped(title))</text>",
        ]
        for (row, line) in counts.enumerated() {
            let total = max(1, line.reduce(0, +))
            let y = margin + row * cell
            if cell >= 12 {
                lines.append(
                    "<text x=\"\(margin - 6)\" y=\"\(y + cell / 2 + 4)\" text-anchor=\"end\">\(escaped(name(row)))</text>"
                )
                lines.append(
                    "<text transform=\"translate(\(margin + row * cell + cell / 2 + 4) \(margin - 6)) rotate(-60)\">\(escaped(name(row)))</text>"
                )
            }
            for (column, count) in line.enumerated() {
                let share = Double(count) / Double(total)
                let hue = row == column ? "30,90,160" : "190,50,40"
                let x = margin + column * cell
                lines.append(
                    "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(cell)\" height=\"\(cell)\" fill=\"rgba(\(hue),\(fixed(share, 3)))\" stroke=\"#ddd\"/>"
                )
                if cell >= 24, count > 0 {
                    lines.append(
                        "<text x=\"\(x + cell / 2)\" y=\"\(y + cell / 2 + 4)\" text-anchor=\"middle\" fill=\"\(share > 0.5 ? "white" : "black")\">\(count)</text>"
                    )
                }
            }
        }
        lines.append(
            "<text x=\"\(side / 2)\" y=\"\(side + 20)\" text-anchor=\"middle\">rows: true class, columns: answer, colour: share of the row</text>"
        )
        return lines.joined(separator: "\n") + "\n</svg>\n"
    }

    private func name(_ index: Int) -> String { index < names.count ? names[index] : String(index) }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    }
}
#endif
