#if CommandLine
import DeeperCommandSupport
import DeeperQuantization
import DeeperTensors

/// What quantising did, layer by layer and to the network.
struct QuantizationReport: Encodable {
    let model: String
    private let output: String
    private let ranges: String
    private let calibrationInputs: Int
    private let bytes: Int
    let layers: [Layer]
    let total: Total
    private let heldBack: HeldBack?
    private let agreement: NetworkComparison.Agreement?
    private let skippedFiles: [SkipReport.Entry]
    private let skippedSummary: String?
    private let timesText: String

    enum CodingKeys: String, CodingKey {
        case model, output, ranges, bytes, layers, total, agreement
        case calibrationInputs = "calibration_inputs"
        case heldBack = "held_back"
        case skippedFiles = "skipped_files"
    }

    struct Layer: Encodable {
        let name: String
        let type: String
        /// The range of its results that 8 bits can represent; nil if they stay floating-point.
        let range: [Float]?
        /// Decibels; nil if nothing differs.
        let signalToNoise: Double?
        /// Nil for a layer that shares a step with another.
        let millisecondsBefore: Double?
        let millisecondsAfter: Double?

        enum CodingKeys: String, CodingKey {
            case name, type, range
            case signalToNoise = "snr_db"
            case millisecondsBefore = "ms_before"
            case millisecondsAfter = "ms_after"
        }
    }

    struct Total: Encodable {
        let quantized: Int
        let millisecondsBefore: Double
        let millisecondsAfter: Double
        let ratio: Double
        let ratioSpread: [Double]

        enum CodingKeys: String, CodingKey {
            case quantized, ratio
            case millisecondsBefore = "ms_before"
            case millisecondsAfter = "ms_after"
            case ratioSpread = "ratio_spread"
        }
    }

    /// On the pictures that were held back from calibration.
    private struct HeldBack: Encodable {
        let pictures: Int
        let same: Int

        enum CodingKeys: String, CodingKey {
            case pictures
            case same = "same_top1"
        }
    }

    init(
        model: String, output: String, ranges: RangeMethod, samples: Int, _ network: QuantizedNetwork,
        _ noise: [String: Double], _ times: NetworkTiming.Times, heldBack: QuantizationAgreement?,
        agreement: NetworkComparison.Agreement?, skipped: SkipReport, bytes: Int
    ) {
        self.model = model
        self.output = output
        self.ranges = ranges.rawValue
        calibrationInputs = samples
        self.bytes = bytes
        self.heldBack = heldBack.map { HeldBack(pictures: $0.count, same: $0.same) }
        self.agreement = agreement
        skippedFiles = skipped.entries
        skippedSummary = skipped.summary
        layers = network.layers.map { layer in
            Layer(
                name: layer.name, type: layer.isQuantized ? "int8" : "float32",
                range: layer.range.map { [$0.lower, $0.upper] },
                signalToNoise: noise[layer.name].flatMap { $0.isFinite ? $0 : nil },
                millisecondsBefore: times.layersBefore[layer.name], millisecondsAfter: times.layersAfter[layer.name])
        }
        total = Total(
            quantized: network.layers.count(where: \.isQuantized),
            millisecondsBefore: times.medianBefore, millisecondsAfter: times.medianAfter, ratio: times.ratio,
            ratioSpread: times.spread)
        timesText = times.text
    }

    func print(_ json: Bool) throws {
        if json { return try Console.printJSON(self) }
        var table = TextTable("layer", "type", ">range", ">SNR (dB)", "?>ms before", "?>after", ">saved")
        for layer in layers {
            table.add(
                layer.name, layer.type,
                layer.range.map { "\(fixed(Double($0[0]), 3)) to \(fixed(Double($0[1]), 3))" } ?? "float32",
                layer.signalToNoise.map { fixed($0, 1) } ?? "", layer.millisecondsBefore.map { fixed($0, 3) } ?? "",
                layer.millisecondsAfter.map { fixed($0, 3) } ?? "", layer.saved.map { fixed($0, 3) } ?? "")
        }
        Console.print(table.text)
        Console.print(
            """
            \(total.quantized) of \(layers.count) layers in int8, calibrated on \(calibrationInputs) inputs, \
            ranges by \(ranges)
            \(timesText)
            """)
        if let heldBack {
            Console.print("\(heldBack.pictures) held-back pictures: the same best class for \(heldBack.same)")
        }
        if let agreement { Console.print(agreement.text) }
        if let skippedSummary { Console.print(skippedSummary) }
        Console.print("\(output): \(bytes.bytes)")
    }
}

extension QuantizationReport.Layer {
    /// Milliseconds.
    var saved: Double? {
        guard let millisecondsBefore, let millisecondsAfter else { return nil }
        return millisecondsBefore - millisecondsAfter
    }
}

extension QuantizedNetwork {
    /// The steps that compute each layer.
    var stepNames: [String: NetworkTiming.LayerSteps] {
        let steps = layers.map { ($0.name, NetworkTiming.LayerSteps(before: [$0.name], after: [$0.name])) }
        return Dictionary(steps) { first, _ in first }
    }
}
#endif
