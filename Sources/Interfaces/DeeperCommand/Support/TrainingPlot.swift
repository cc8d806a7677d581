#if CommandLine
import DeeperCommandSupport

/// The course of a training: losses of all heads and accuracies, over epochs.
struct TrainingPlot {
    let title: String
    let stepsPerEpoch: Int
    let epochs: Int
    private static let colours = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd"]

    func write(steps: TrainingLog, tests: TrainingLog, heads: [String], to path: String) throws {
        var picture = SVG(width: 1080, height: 400)
        picture.text(title, x: 540, y: 22, anchor: .middle, size: 14)
        let losses = heads.map { ($0, steps.series("loss \($0)")) }
        let most = losses.flatMap { $0.1.map(\.value) }.filter(\.isFinite).max() ?? 1
        axes(&picture, left: 60, title: "loss", most: max(0.5, (most * 2).rounded(.up) / 2), lines: losses)
        var accuracies = [("training, \(heads[0])", steps.series("accuracy"))]
        if !tests.rows.isEmpty { accuracies.append(("test", tests.series("top1"))) }
        axes(&picture, left: 600, title: "accuracy", most: 1, lines: accuracies)
        try picture.write(to: path)
    }

    private func axes(
        _ picture: inout SVG, left: Double, title: String, most: Double,
        lines: [(String, [(step: Double, value: Double)])]
    ) {
        let (top, bottom, width) = (50.0, 350.0, 430.0)
        let last = lines.flatMap { $0.1.map(\.step) }.max() ?? 1
        let end = max(1, min(Double(epochs), (last / Double(stepsPerEpoch)).rounded(.up)))
        picture.text(title, x: left, y: top - 10)
        for part in 0...5 {
            let y = bottom - (bottom - top) * Double(part) / 5
            picture.line([(left, y), (left + width, y)], stroke: "#ddd")
            picture.text(fixed(most * Double(part) / 5, 2), x: left - 6, y: y + 4, anchor: .end, size: 10)
            let x = left + width * Double(part) / 5
            picture.text(fixed(end * Double(part) / 5, 1), x: x, y: bottom + 16, anchor: .middle, size: 10)
        }
        picture.text("epochs", x: left + width / 2, y: bottom + 34, anchor: .middle, size: 11)
        for (index, (name, points)) in lines.enumerated() {
            let colour = TrainingPlot.colours[index % TrainingPlot.colours.count]
            picture.line(
                smoothed(points).map { point in
                    (
                        left + width * point.step / Double(stepsPerEpoch) / end,
                        bottom - (bottom - top) * min(1, max(0, point.value / most))
                    )
                }, stroke: colour)
            picture.text(
                name, x: left + width - 4, y: (title == "loss" ? top : bottom - 60) + 14 * Double(index + 1),
                anchor: .end,
                size: 11, fill: colour)
        }
    }

    /// At most 200 points: means of neighbours.
    private func smoothed(_ points: [(step: Double, value: Double)]) -> [(step: Double, value: Double)] {
        let finite = points.filter(\.value.isFinite)
        guard finite.count > 200 else { return finite }
        return (0..<200).map { part in
            let range = finite.count * part / 200..<finite.count * (part + 1) / 200
            let count = Double(range.count)
            return (
                finite[range].reduce(0) { $0 + $1.step } / count, finite[range].reduce(0) { $0 + $1.value } / count
            )
        }
    }
}
#endif
