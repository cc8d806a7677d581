#if CommandLine
import DeeperCommandSupport

/// A confusion matrix as an SVG picture: rows are true classes, columns answers, darker is more.
struct ConfusionMatrix {
    let counts: [[Int]]
    let names: [String]
    let title: String

    private static let characterWidth = 6.8
    private static let longestName = 32
    private static let smallestWidth = 460.0

    func write(to path: String) throws {
        let cell = Double(max(4, min(48, 960 / max(1, counts.count))))
        let hasNames = cell >= 12
        let nameWidth =
            hasNames ? Double(counts.indices.map { name($0).count }.max() ?? 0) * ConfusionMatrix.characterWidth : 0
        // Names of columns are turned by 60 degrees: they rise by 0.87 of their length, and reach to the right by half.
        let left = nameWidth + 40, top = 0.87 * nameWidth + 66
        let body = cell * Double(counts.count)
        let width = max(ConfusionMatrix.smallestWidth, left + body + max(20, nameWidth / 2))
        var picture = SVG(width: Int(width.rounded(.up)), height: Int((top + body + 40).rounded(.up)))
        picture.text(title, x: width / 2, y: 18, anchor: .middle, size: 13)
        picture.text("answer", x: left + body / 2, y: 42, anchor: .middle)
        picture.text("true class", x: 16, y: top + body / 2, anchor: .middle, degrees: -90)
        for (row, line) in counts.enumerated() {
            let total = max(1, line.reduce(0, +))
            let y = top + Double(row) * cell
            if hasNames {
                picture.text(name(row), x: left - 6, y: y + cell / 2 + 4, anchor: .end)
                picture.text(name(row), x: left + Double(row) * cell + cell / 2 + 4, y: top - 6, degrees: -60)
            }
            for (column, count) in line.enumerated() {
                let share = Double(count) / Double(total)
                let hue = row == column ? "30,90,160" : "190,50,40"
                let x = left + Double(column) * cell
                picture.box(
                    x: x, y: y, width: cell, height: cell, fill: "rgba(\(hue),\(fixed(share, 3)))", stroke: "#ddd",
                    title: "\(name(row)) taken for \(name(column)): \(count) of \(total)")
                if cell >= 24, count > 0 {
                    picture.text(
                        String(count), x: x + cell / 2, y: y + cell / 2 + 4, anchor: .middle,
                        fill: share > 0.5 ? "white" : "black")
                }
            }
        }
        picture.text(
            "blue: right, red: wrong; the darker, the larger the share of the row", x: width / 2, y: top + body + 24,
            anchor: .middle)
        try picture.write(to: path)
    }

    private func name(_ index: Int) -> String {
        (index < names.count ? names[index] : String(index)).shortened(to: ConfusionMatrix.longestName)
    }
}
#endif
