#if CommandLine
import DeeperCommandSupport
import DeeperCounting
import DeeperTensors

/// An operation report as a table. Columns whose total is 0 are left out; a plain table that is not wide also leaves
/// out the columns of operations other than MACs.
struct OperationTable {
    private let report: OperationReport
    private let options: TableOptions
    private let style: TableStyle
    private let columns: [(heading: String, cell: (OperationReport.Entry) -> String)]

    init(
        _ report: OperationReport, convention: CountingConvention, like: OperationCounter?, options: TableOptions,
        _ style: TableStyle
    ) {
        self.report = report
        self.options = options
        self.style = style
        let isWhole = options.wide || style != .plain
        let isByLayer = report.grouping == .layer
        var columns: [(String, (OperationReport.Entry) -> String)] = []
        switch report.grouping {
        case .layer: columns = [("layer", \.name), ("operator", \.operatorName)]
        case .module: columns = [("module", \.name)]
        case .operator: columns = [("operator", \.name)]
        }
        if isByLayer {
            columns.append(("output", { $0.outputShape.map(String.init).joined(separator: " x ") }))
        } else {
            columns.append((">layers", { $0.layers.grouped }))
        }
        func number(_ heading: String, _ value: @escaping (OperationReport.Entry) -> Int) {
            guard value(report.total) != 0 else { return }
            columns.append((">" + heading, { value($0) == 0 ? "" : isWhole ? value($0).grouped : value($0).rounded }))
        }
        number("parameters", \.parameters)
        if let like {
            columns.append((">\(like.rawValue)", { $0.counted == 0 ? "" : ($0.counted ?? 0).grouped }))
        }
        number("MACs", \.macs)
        number("int8 MACs") { $0.integerMacs ?? 0 }
        if like == nil, convention != .macs { number(convention.unit) { $0.count(convention) } }
        if isWhole {
            number("multiplications", \.multiplications)
            number("additions", \.additions)
            number("bias", \.bias)
            number("activation", \.activation)
            number("pooling", \.pooling)
            number("normalisation", \.normalization)
            number("softmax", \.softmax)
            number("elementwise", \.elementwise)
            number("weights B", \.weightBytes)
            number("activations B", \.activationBytes)
        }
        columns.append((report.total.integerMacs == nil ? ">FLOP/B" : ">OP/B", { fixed($0.intensity, 2) }))
        self.columns = columns
    }

    var text: String {
        var table = TextTable(columns: columns.map(\.heading))
        for entry in report.entries + [report.total] { table.add(cells: columns.map { $0.cell(entry) }) }
        return style == .plain ? options.text(table) : table.text(style)
    }
}
#endif
