#if CommandLine
import DeeperCommandSupport

/// A confusion matrix as an SVG picture: rows are true classes, columns answers, darker is more.
struct ConfusionMatrix {
    let counts: [[Int]]
    let names: [String]
    let title: String

    func write(to path: String) throws {
        let cell = Double(max(4, min(48, 960 / max(1, counts.count))))
        let margin = 130.0
        let side = margin + cell * Double(counts.count) + 20
        var picture = SVG(width: Int(side), height: Int(side) + 30)
        picture.text(title, x: side / 2, y: 18, anchor: .middle, size: 13)
        for (row, line) in counts.enumerated() {
            let total = max(1, line.reduce(0, +))
            let offset = margin + Double(row) * cell
            let centre = offset + cell / 2 + 4
            if cell >= 12 {
                picture.text(name(row), x: margin - 6, y: centre, anchor: .end)
                picture.text(name(row), x: centre, y: margin - 6, degrees: -60)
            }
            for (column, count) in line.enumerated() {
                let share = Double(count) / Double(total)
                let hue = row == column ? "30,90,160" : "190,50,40"
                let x = margin + Double(column) * cell
                picture.box(
                    x: x, y: offset, width: cell, height: cell, fill: "rgba(\(hue),\(fixed(share, 3)))", stroke: "#ddd")
                if cell >= 24, count > 0 {
                    picture.text(
                        String(count), x: x + cell / 2, y: centre, anchor: .middle,
                        fill: share > 0.5 ? "white" : "black")
                }
            }
        }
        picture.text(
            "rows: true class, columns: answer, colour: share of the row", x: side / 2, y: side + 20, anchor: .middle)
        try picture.write(to: path)
    }

    private func name(_ index: Int) -> String { index < names.count ? names[index] : String(index) }
}
#endif
