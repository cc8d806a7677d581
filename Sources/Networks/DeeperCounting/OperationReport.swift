public import DeeperGraphs
internal import DeeperTensors

/// The operations of a network, layer by layer, module by module or operator by operator: what is printed, stored and
/// compared.
public struct OperationReport: Sendable, Codable, Hashable {
    /// What rows stand for.
    public enum Grouping: String, Sendable, CaseIterable, Codable {
        case layer
        /// Layers whose names agree up to the last slash: an Inception module, a residual block.
        case module
        /// The ONNX operator.
        case `operator`
    }

    /// Counts of one layer or of several. Operations are scalar ones, sizes bytes.
    public struct Entry: Sendable, Codable, Hashable {
        public var name: String
        /// Empty for modules.
        public var operatorName: String
        /// Of the first output; empty for groups.
        public var outputShape: [Int]
        public var layers: Int
        public var macs: Int
        /// Those of them that multiply 8-bit numbers; nil where there are none.
        public var integerMacs: Int?
        public var multiplications: Int
        public var additions: Int
        public var bias: Int
        public var activation: Int
        public var pooling: Int
        public var normalization: Int
        public var softmax: Int
        public var elementwise: Int
        public var flops: Int
        public var flopsAndElementwise: Int
        /// By the rules of ``OperationReport/counter``, if there is one.
        public var counted: Int?
        public var parameters: Int
        public var weightBytes: Int
        public var activationBytes: Int
        /// FLOPs, elementwise ones included, and two operations a multiply-accumulate of 8-bit numbers, a byte of weights and
        /// activations.
        public var intensity: Double

        enum CodingKeys: String, CodingKey {
            case name, layers, macs, multiplications, additions, bias, activation, pooling, normalization, softmax
            case elementwise, flops, counted, parameters, intensity
            case operatorName = "operator"
            case outputShape = "output_shape"
            case integerMacs = "int8_macs"
            case flopsAndElementwise = "flops_elementwise"
            case weightBytes = "weight_bytes"
            case activationBytes = "activation_bytes"
        }

        init(name: String, operatorName: String, outputShape: [Int], rows: [LedgerRow], counter: OperationCounter?) {
            let operations = rows.reduce(OperationCount()) { $0 + $1.operations }
            self.name = name
            self.operatorName = operatorName
            self.outputShape = outputShape
            layers = rows.count
            macs = operations.macs
            integerMacs = operations.integerMacs == 0 ? nil : operations.integerMacs
            multiplications = operations.multiplications
            additions = operations.additions
            bias = operations.bias
            activation = operations.activation
            pooling = operations.pooling
            normalization = operations.normalization
            softmax = operations.softmax
            elementwise = operations.elementwise
            flops = CountingConvention.flops.count(operations)
            flopsAndElementwise = CountingConvention.flopsAndElementwise.count(operations)
            counted = counter.map { counter in saturatingSum(rows.lazy.map { counter.count($0) }) }
            parameters = saturatingSum(rows.lazy.map(\.parameterCount))
            weightBytes = saturatingSum(rows.lazy.map(\.parameterBytes))
            activationBytes = saturatingSum(rows.lazy.map(\.activationBytes))
            let bytes = saturatingSum([weightBytes, activationBytes])
            intensity =
                bytes == 0 ? 0 : (Double(flopsAndElementwise) + 2 * Double(operations.integerMacs)) / Double(bytes)
        }

        /// What a convention counts.
        public func count(_ convention: CountingConvention) -> Int {
            switch convention {
            case .macs: macs
            case .flops: flops
            case .flopsAndElementwise: flopsAndElementwise
            }
        }
    }

    public var model: String
    /// Shapes of the model's inputs, by name.
    public var inputs: [String: [Int]]
    public var grouping: Grouping
    /// Whose rules `counted` follows.
    public var counter: String?
    public var entries: [Entry]
    public var total: Entry

    enum CodingKeys: String, CodingKey {
        case model, inputs, counter, total
        case grouping = "by"
        case entries = "rows"
    }

    /// - Parameter rows: of ``DeeperGraphs/Graph/ledger(_:)``.
    public init(
        model: String, inputs: [String: [Int]], rows: [LedgerRow], grouping: Grouping = .layer,
        counter: OperationCounter? = nil
    ) {
        self.model = model
        self.inputs = inputs
        self.grouping = grouping
        self.counter = counter?.rawValue
        entries = OperationReport.groups(rows, grouping).map { name, rows in
            let single = rows.count == 1 ? rows[0] : nil
            return Entry(
                name: name, operatorName: grouping == .module ? "" : rows[0].operatorName,
                outputShape: grouping == .layer ? single?.outputTypes.first?.shape.dimensions ?? [] : [], rows: rows,
                counter: counter)
        }
        total = Entry(name: "total", operatorName: "", outputShape: [], rows: rows, counter: counter)
    }

    /// Rows that belong together, in the order of their first.
    private static func groups(_ rows: [LedgerRow], _ grouping: Grouping) -> [(name: String, rows: [LedgerRow])] {
        if grouping == .layer { return rows.map { ($0.name, [$0]) } }
        var order: [String] = []
        var members: [String: [LedgerRow]] = [:]
        for row in rows {
            let name = grouping == .module ? moduleName(row.name) : row.operatorName
            if members[name] == nil { order.append(name) }
            members[name, default: []].append(row)
        }
        return order.map { ($0, members[$0] ?? []) }
    }

    /// The module that a layer belongs to: its name up to the last slash, the whole name where there is none.
    public static func moduleName(_ layer: String) -> String {
        guard let slash = layer.lastIndex(of: "/"), slash != layer.startIndex else { return layer }
        return String(layer[..<slash])
    }
}
