#if CommandLine
import DeeperCommandSupport

/// Signal-to-noise ratio and milliseconds saved of each layer, as bars.
struct QuantizationPlot {
    private let report: QuantizationReport
    private static let (left, top, line, bar) = (250.0, 60.0, 16.0, 300.0)
    private static let colours = ["int8": "#1f77b4", "float32": "#c0504d"]

    init(_ report: QuantizationReport) { self.report = report }

    func write(to path: String) throws {
        let height = QuantizationPlot.top + QuantizationPlot.line * Double(report.layers.count) + 20
        var picture = SVG(width: 1000, height: Int(height))
        picture.text(
            "\(report.model): \(report.total.quantized) of \(report.layers.count) layers in int8 (blue; float32 red), "
                + "\(fixed(report.total.ratio, 2)) times as fast", x: 500, y: 20, anchor: .middle, size: 14)
        let gap = QuantizationPlot.bar + 60
        column(&picture, at: QuantizationPlot.left, title: "signal to noise (dB)", \.signalToNoise)
        column(&picture, at: QuantizationPlot.left + gap, title: "ms saved", \.saved)
        for (index, layer) in report.layers.enumerated() {
            picture.text(layer.name, x: QuantizationPlot.left - 8, y: y(index) + 11, anchor: .end, size: 10)
        }
        try picture.write(to: path)
    }

    private func y(_ index: Int) -> Double { QuantizationPlot.top + QuantizationPlot.line * Double(index) }

    private func column(
        _ picture: inout SVG, at x: Double, title: String, _ value: (QuantizationReport.Layer) -> Double?
    ) {
        let most = report.layers.compactMap(value).max() ?? 1
        picture.text("\(title), up to \(fixed(most, 3))", x: x, y: QuantizationPlot.top - 12, size: 11)
        for (index, layer) in report.layers.enumerated() {
            guard let own = value(layer), most > 0 else { continue }
            picture.box(
                x: x, y: y(index), width: max(0, own / most) * QuantizationPlot.bar, height: QuantizationPlot.line - 4,
                fill: QuantizationPlot.colours[layer.type] ?? "#888", title: "\(layer.name): \(fixed(own, 3))")
        }
    }
}
#endif
