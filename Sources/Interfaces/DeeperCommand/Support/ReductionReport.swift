#if CommandLine
import DeeperCommandSupport
import DeeperReduction
import DeeperTensors

/// What a reduction did, layer by layer and to the network.
struct ReductionReport: Encodable {
    private let model: String
    private let output: String
    private let method: String
    private let calibrated: Bool
    private let bytes: Int
    private let layers: [Layer]
    private let total: Total
    private let agreement: NetworkComparison.Agreement?
    private let skippedFiles: [SkipReport.Entry]
    private let skippedSummary: String?
    private let timesText: String

    enum CodingKeys: String, CodingKey {
        case model, output, method, calibrated, bytes, layers, total, agreement
        case skippedFiles = "skipped_files"
    }

    private struct Layer: Encodable {
        let name: String
        let shape: [Int]
        let ranks: [Int]
        let breakEvenRank: Double
        let macsBefore: Int
        let macsAfter: Int
        let parametersBefore: Int
        let parametersAfter: Int
        let weightError: Double
        let outputError: Double?
        let millisecondsBefore: Double?
        let millisecondsAfter: Double?

        enum CodingKeys: String, CodingKey {
            case name, shape, ranks
            case breakEvenRank = "break_even_rank"
            case macsBefore = "macs_before"
            case macsAfter = "macs_after"
            case parametersBefore = "parameters_before"
            case parametersAfter = "parameters_after"
            case weightError = "weight_error"
            case outputError = "output_error"
            case millisecondsBefore = "ms_before"
            case millisecondsAfter = "ms_after"
        }
    }

    private struct Total: Encodable {
        let macsBefore: Int
        let macsAfter: Int
        let parametersBefore: Int
        let parametersAfter: Int
        let millisecondsBefore: Double
        let millisecondsAfter: Double
        let ratio: Double
        let ratioSpread: [Double]

        enum CodingKeys: String, CodingKey {
            case ratio
            case macsBefore = "macs_before"
            case macsAfter = "macs_after"
            case parametersBefore = "parameters_before"
            case parametersAfter = "parameters_after"
            case millisecondsBefore = "ms_before"
            case millisecondsAfter = "ms_after"
            case ratioSpread = "ratio_spread"
        }
    }

    init(
        model: String, output: String, method: ReductionMethod, calibrated: Bool, _ reduced: ReducedNetwork,
        _ errors: [String: Double], _ times: NetworkTiming.Times, agreement: NetworkComparison.Agreement?,
        skipped: SkipReport, bytes: Int
    ) {
        self.model = model
        self.output = output
        self.method = method.rawValue
        self.calibrated = calibrated
        self.bytes = bytes
        self.agreement = agreement
        skippedFiles = skipped.entries
        skippedSummary = skipped.summary
        layers = reduced.layers.map { layer in
            Layer(
                name: layer.name, shape: layer.shape, ranks: layer.ranks, breakEvenRank: layer.breakEvenRank,
                macsBefore: layer.macsBefore, macsAfter: layer.macsAfter, parametersBefore: layer.parametersBefore,
                parametersAfter: layer.parametersAfter, weightError: layer.weightError,
                outputError: errors[layer.name], millisecondsBefore: times.layersBefore[layer.name],
                millisecondsAfter: times.layersAfter[layer.name])
        }
        total = Total(
            macsBefore: layers.reduce(0) { $0 + $1.macsBefore }, macsAfter: layers.reduce(0) { $0 + $1.macsAfter },
            parametersBefore: layers.reduce(0) { $0 + $1.parametersBefore },
            parametersAfter: layers.reduce(0) { $0 + $1.parametersAfter },
            millisecondsBefore: times.medianBefore, millisecondsAfter: times.medianAfter, ratio: times.ratio,
            ratioSpread: times.spread)
        timesText = times.text
    }

    func print(_ json: Bool) throws {
        if json { return try Console.printJSON(self) }
        var table = TextTable(
            "layer", "filters", ">rank", "?>break-even", ">MACs before", ">after", "?>weight error", ">output error",
            "?>ms before", "?>after")
        for layer in layers {
            table.add(
                layer.name, layer.shape.map(String.init).joined(separator: " x "),
                layer.ranks.isEmpty ? "whole" : layer.ranks.map(String.init).joined(separator: ", "),
                fixed(layer.breakEvenRank, 1), layer.macsBefore.grouped, layer.macsAfter.grouped,
                fixed(layer.weightError, 4), layer.outputError.map { fixed($0, 4) } ?? "",
                layer.millisecondsBefore.map { fixed($0, 3) } ?? "", layer.millisecondsAfter.map { fixed($0, 3) } ?? "")
        }
        table.add("total", "", "", "", total.macsBefore.grouped, total.macsAfter.grouped, "", "", "", "")
        Console.print(table.text)
        let share = Double(total.macsAfter) / Double(max(1, total.macsBefore))
        Console.print(
            """
            \(fixed(share * 100, 1)) % of the layers' MACs, \(total.parametersBefore.grouped) weights before, \
            \(total.parametersAfter.grouped) after
            \(timesText)
            """)
        if let agreement { Console.print(agreement.text) }
        if let skippedSummary { Console.print(skippedSummary) }
        Console.print("\(output): \(bytes.bytes)")
    }
}

extension ReducedNetwork {
    /// The steps that compute each layer.
    var stepNames: [String: NetworkTiming.LayerSteps] {
        Dictionary(
            uniqueKeysWithValues: layers.map { layer in
                let parts = ["", "_reduced", "_core", "_column"].map { layer.name + $0 }
                return (
                    layer.name, .init(before: [layer.name], after: layer.ranks.isEmpty ? [layer.name] : Set(parts))
                )
            })
    }
}
#endif
