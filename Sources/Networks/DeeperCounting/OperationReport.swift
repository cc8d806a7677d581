public import DeeperGraphs
internal import DeeperTensors

/// The operation counts of a network by layer, by module or by operator, in the form in which they are printed, stored
/// and compared.
public struct OperationReport: Sendable, Codable, Hashable {
    /// The meaning of the rows.
    public enum Grouping: String, Sendable, CaseIterable, Codable {
        case layer
        /// Layers whose names agree up to the last slash, such as an Inception module or a residual block.
        case module
        /// The ONNX operator.
        case `operator`
    }

    /// Counts of one layer or of several. Operations are scalar; sizes are in bytes.
    public struct Entry: Sendable, Codable, Hashable {
        public var name: String
        /// Empty for modules.
        public var operatorName: String
        /// The shape of the first output; empty for groups.
        public var outputShape: [Int]
        public var layers: Int
        public var macs: Int
        /// The part of ``macs`` that multiplies 8-bit numbers; nil if there are none.
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
        /// Operations according to the rules of ``OperationReport/counter``, if there is one.
        public var counted: Int?
        public var parameters: Int
        public var weightBytes: Int
        public var activationBytes: Int
        /// Operations per byte of weights and activations: FLOPs, including elementwise ones, and two operations per
        /// multiply-accumulate of 8-bit numbers.
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

        /// The count according to a convention.
        public func count(_ convention: CountingConvention) -> Int {
            switch convention {
            case .macs: macs
            case .flops: flops
            case .flopsAndElementwise: flopsAndElementwise
            }
        }
    }

    public var model: String
    /// The shapes of the model's inputs, by name.
    public var inputs: [String: [Int]]
    public var grouping: Grouping
    /// The counter whose rules `counted` follows.
    public var counter: String?
    public var entries: [Entry]
    public var total: Entry

    enum CodingKeys: String, CodingKey {
        case model, inputs, counter, total
        case grouping = "by"
        case entries = "rows"
    }

    /// - Parameter rows: the rows of ``DeeperGraphs/Graph/ledger(_:)``.
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

    /// Groups of rows, in the order of the first row of each.
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

    /// The module that a layer belongs to: its name up to the last slash, or the whole name if there is none.
    public static func moduleName(_ layer: String) -> String {
        guard let slash = layer.lastIndex(of: "/"), slash != layer.startIndex else { return layer }
        return String(layer[..<slash])
    }
}
