#if CommandLine
import DeeperCommandSupport
import DeeperCounting
import Glibc

/// Bars of multiply-accumulates and of time for each module, and every form under the machine's roofline.
struct ComparisonPlot {
    private let report: ComparisonReport
    private let rows: [ComparisonRow]
    private static let colours = (naive: "#c0504d", reduced: "#1f77b4")

    init(_ report: ComparisonReport) {
        self.report = report
        let modules = report.rows.filter { $0.convention == .module }
        rows = modules + report.rows.filter { $0.convention == .stacked }
    }

    func write(to path: String) throws {
        var picture = SVG(width: 1320, height: 420)
        picture.text(
            "Naive (red) and reduced (blue) Inception modules, batch \(report.batch), \(report.threads) threads, "
                + "\(report.instructionSet), algorithm \(report.algorithm)", x: 660, y: 20, anchor: .middle, size: 14)
        bars(&picture, left: 60, title: "million MACs (logarithmic)") { Double($0.macs) / 1e6 }
        bars(&picture, left: 500, title: "milliseconds per image (logarithmic)", \.milliseconds)
        roofline(&picture, left: 940)
        try picture.write(to: path)
    }

    private static let (top, bottom, width) = (60.0, 370.0, 380.0)

    /// The powers of ten that enclose all values.
    private static func decades(_ values: [Double]) -> (low: Double, high: Double) {
        let positive = values.filter { $0 > 0 }
        guard let least = positive.min(), let most = positive.max() else { return (0, 1) }
        let low = log10(least).rounded(.down)
        return (low, max(low + 1, log10(most).rounded(.up)))
    }

    private func bars(
        _ picture: inout SVG, left: Double, title: String, _ value: (ComparisonRow.Form) -> Double
    ) {
        let values = rows.flatMap { [$0.naive, $0.reduced].compactMap { $0.map(value) } }
        let (low, high) = ComparisonPlot.decades(values)
        let scale = (ComparisonPlot.bottom - ComparisonPlot.top) / (high - low)
        func height(_ value: Double) -> Double { max(0, (log10(max(value, 1e-12)) - low) * scale) }
        picture.text(title, x: left, y: ComparisonPlot.top - 16)
        for power in stride(from: low, through: high, by: 1) {
            let y = ComparisonPlot.bottom - (power - low) * scale
            picture.line([(left, y), (left + ComparisonPlot.width, y)], stroke: "#ddd")
            picture.text(label(power), x: left - 6, y: y + 4, anchor: .end, size: 10)
        }
        let step = ComparisonPlot.width / Double(max(1, rows.count))
        for (index, row) in rows.enumerated() {
            let x = left + step * Double(index)
            for (form, offset, colour) in [
                (row.naive, 0.14, ComparisonPlot.colours.naive), (row.reduced, 0.5, ComparisonPlot.colours.reduced),
            ] {
                guard let form else { continue }
                let bar = height(value(form))
                picture.box(
                    x: x + step * offset, y: ComparisonPlot.bottom - bar, width: step * 0.34, height: bar, fill: colour,
                    title: "\(row.name): \(fixed(value(form), 3))")
            }
            picture.text(
                row.name == "network" ? "all" : row.name, x: x + step / 2, y: ComparisonPlot.bottom + 16,
                anchor: .middle, size: 11)
        }
    }

    private func label(_ power: Double) -> String {
        power >= 0 ? String(Int(pow(10, power))) : fixed(pow(10, power), Int(-power))
    }

    /// GFLOP/s over FLOPs per byte of weights and activations, under the peak and the copying rate of all threads.
    private func roofline(_ picture: inout SVG, left: Double) {
        let batch = Double(report.batch)
        let points = report.rows.flatMap { row in
            [(row.naive, ComparisonPlot.colours.naive), (row.reduced, ComparisonPlot.colours.reduced)].compactMap {
                form, colour in
                form.map { form in
                    let bytes = Double(form.activationBytes) + Double(form.weightBytes) / batch
                    return (
                        intensity: 2 * Double(form.macs) / bytes, rate: form.gflops, colour: colour,
                        title: "\(row.convention.rawValue) \(row.name)"
                    )
                }
            }
        }
        let peak = report.rows.compactMap { $0.naive ?? $0.reduced }.map { $0.gflops / $0.ofPeak }.max() ?? 1
        let slope = report.bandwidth * Double(report.threads)
        let xs = ComparisonPlot.decades(points.map(\.intensity))
        let ys = ComparisonPlot.decades(points.map(\.rate) + [peak])
        func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
            let across = (log10(x) - xs.low) / (xs.high - xs.low)
            let up = min(1, max(0, (log10(y) - ys.low) / (ys.high - ys.low)))
            return (
                left + across * (ComparisonPlot.width - 20),
                ComparisonPlot.bottom - up * (ComparisonPlot.bottom - ComparisonPlot.top)
            )
        }
        picture.text(
            "GFLOP/s, counted as direct, against FLOPs per byte; line: the roof", x: left, y: ComparisonPlot.top - 16)
        let line = stride(from: xs.low, through: xs.high, by: (xs.high - xs.low) / 60).map { power in
            place(pow(10, power), min(peak, slope * pow(10, power)))
        }
        picture.line(line)
        for power in stride(from: xs.low, through: xs.high, by: 1) {
            let (x, _) = place(pow(10, power), 1)
            picture.text(label(power), x: x, y: ComparisonPlot.bottom + 16, anchor: .middle, size: 10)
        }
        for power in stride(from: ys.low, through: ys.high, by: 1) {
            let (_, y) = place(pow(10, xs.low), pow(10, power))
            picture.line([(left, y), (left + ComparisonPlot.width - 20, y)], stroke: "#ddd")
            picture.text(label(power), x: left - 6, y: y + 4, anchor: .end, size: 10)
        }
        for point in points {
            let (x, y) = place(point.intensity, point.rate)
            picture.dot(x: x, y: y, fill: point.colour, title: "\(point.title): \(fixed(point.rate, 1)) GFLOP/s")
        }
    }
}
#endif
