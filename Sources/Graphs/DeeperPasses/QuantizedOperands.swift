import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// The 8-bit operands of a node between DequantizeLinear and QuantizeLinear.
struct QuantizedOperands {
    private let node: Node
    private let view: GraphView

    init(_ node: Node, _ view: GraphView) { (self.node, self.view) = (node, view) }

    /// An operand of the new node: an existing value, or a constant that has to be added.
    enum Operand {
        case value(ValueID?)
        case constant(String, Tensor)
    }

    func source(_ input: Int) throws -> QuantizedValue? {
        guard input < node.inputs.count, let value = try QuantizedValue(dequantizedTo: node.inputs[input], view),
            value.hasOneScale
        else { return nil }
        return value
    }

    /// The input of a depthwise convolution that has a scale for each channel.
    private func depthwiseSource(_ channels: Int) throws -> QuantizedValue? {
        guard let value = try QuantizedValue(dequantizedTo: node.inputs[0], view), value.hasChannelScales,
            value.scales.count == channels
        else { return nil }
        return value
    }

    /// Constant weights with one scale, or one for each entry of an axis.
    func weights(_ input: Int, perEntryOf axis: Int) throws -> (value: QuantizedValue, shape: Shape)? {
        guard input < node.inputs.count, let value = try QuantizedValue(dequantizedTo: node.inputs[input], view),
            let tensor = try view.constantValue(of: value.stored)
        else { return nil }
        let own = value.axis < 0 ? value.axis + tensor.shape.rank : value.axis
        guard axis < tensor.shape.rank, value.hasOneScale || own == axis && value.scales.count == tensor.shape[axis]
        else { return nil }
        return (value, tensor.shape)
    }

    /// A product as an operator on 8-bit numbers, with all operands except the result's scale and zero point.
    struct Product {
        let name: String
        var domain = ""
        let opset: Int
        let attributes: [String: AttributeValue]
        /// The operands before the result's scale and zero point; `trailing` are those after them.
        let leading: [Operand]
        var trailing: [Operand] = []
        /// Whether the bias is float32.
        var hasRealBias = false
        /// Whether channels have scales of their own.
        var hasChannelScales = false

        /// Whether attributes can describe the operator completely.
        var hasForm: Bool { !hasRealBias && !hasChannelScales }

        /// The operator with the properties that attributes cannot describe; nil if it does not support them.
        func completed(_ operation: any Operator) -> (any Operator)? {
            var operation = operation
            if hasRealBias {
                guard var real = operation as? any RealBiasOperator else { return nil }
                real.hasRealBias = true
                operation = real
            }
            if hasChannelScales {
                guard var scaled = operation as? any ChannelScaleOperator else { return nil }
                scaled.hasChannelScales = true
                operation = scaled
            }
            return operation
        }
    }

    /// - Parameter step: as for `bias(_:_:_:count:step:)`. If the results are not quantised, one factor must be a
    ///   matrix of constant weights.
    /// - Returns: nil for other nodes, if an operand is not quantised, or if sums might not fit into int32.
    func product(step: Float?) throws -> Product? {
        guard let form = node.form else { return nil }
        if let conv = node.operation as? Conv {
            guard let w = try weights(1, perEntryOf: 0), w.shape.rank > 2,
                let x = try source(0) ?? (w.shape[1] == 1 ? depthwiseSource(conv.groups) : nil),
                fits(terms: w.shape.elementCount / max(1, w.shape[0]), w.value),
                let bias = try bias(2, x, w, count: w.shape[0], step: step)
            else { return nil }
            return Product(
                name: "QLinearConv", opset: max(form.opset, 10), attributes: form.attributes,
                leading: try triple(x) + triple(w.value), trailing: bias.operand.map { [$0] } ?? [],
                hasRealBias: bias.isReal, hasChannelScales: !x.hasOneScale)
        }
        guard let x = try source(0) else { return nil }
        switch node.operation {
        case let gemm as Gemm:
            let (columns, terms) = gemm.isBTransposed ? (0, 1) : (1, 0)
            guard gemm.alpha == 1, gemm.beta == 1, !gemm.isATransposed, let w = try weights(1, perEntryOf: columns),
                w.shape.rank == 2, fits(terms: w.shape[terms], w.value),
                let bias = try bias(2, x, w, count: w.shape[columns], step: step)
            else { return nil }
            return Product(
                name: "QGemm", domain: OperatorCatalog.runtimeDomain, opset: 1,
                attributes: ["transB": .int(gemm.isBTransposed ? 1 : 0)],
                leading: try triple(x) + triple(w.value) + [bias.operand ?? .value(nil)], hasRealBias: bias.isReal)
        case is MatMul:
            let constant = try weights(1, perEntryOf: 1)
            // A stack of matrices has its columns along another axis.
            guard constant.map({ $0.value.hasOneScale || $0.shape.rank == 2 }) ?? true,
                step != nil || constant?.shape.rank == 2, let b = try constant?.value ?? source(1),
                let terms = constant?.shape.dimensions.suffix(2).first
                    ?? view.types?.knownType(x.stored)?.shape.dimensions.last,
                fits(terms: terms, b)
            else { return nil }
            return Product(name: "QLinearMatMul", opset: 13, attributes: [:], leading: try triple(x) + triple(b))
        default: return nil
        }
    }

    /// Whether any `terms` products of bytes and weights have a sum within int32.
    func fits(terms: Int, _ weights: QuantizedValue) -> Bool {
        Double(terms) * 255 * largest(weights) <= Double(Int32.max)
    }

    /// The largest magnitude that numbers minus their zero points can have.
    private func largest(_ value: QuantizedValue) -> Double {
        value.type.fitsBytes(less: value.zeroPoints) ? 128 : 255
    }

    /// The constant bias, if there is one: an integer in units of the products, or float32 if these are too coarse. Nil
    /// if the bias is computed or has another shape.
    ///
    /// - Parameter step: the quantisation step of the result, or nil if results are not quantised, which means the
    ///   products' units. An error of a 64th of the step is negligible.
    private func bias(
        _ input: Int, _ x: QuantizedValue, _ w: (value: QuantizedValue, shape: Shape), count: Int,
        step: Float?
    ) throws -> (operand: Operand?, isReal: Bool)? {
        guard input < node.inputs.count, let value = node.inputs[input] else { return (nil, false) }
        guard let tensor = try view.constantValue(of: value), tensor.elementType == .float32,
            tensor.shape.elementCount == count, tensor.shape.dimensions.last == count
        else { return nil }
        let scales = w.value.scales
        let limit = 0x1p31 - 1 - Double(w.shape.elementCount / max(1, count)) * 255 * largest(w.value)
        let reals = try tensor.elements(as: Float.self)
        guard reals.allSatisfy(\.isFinite) else { return nil }
        var stored: [Int32] = []
        for (index, real) in reals.enumerated() {
            let perChannel = count / x.scales.count
            let unit = Double(x.scales[index / perChannel]) * Double(scales[scales.count == 1 ? 0 : index])
            let whole = (Double(real) / unit).rounded(.toNearestOrEven)
            // Most are whole already, because they were int32 with this scale. Bias and products together must stay
            // within int32: a filter with tiny weights has tiny units and a huge bias.
            let held = min(max(whole, -limit), limit)
            let error = abs(held * unit - Double(real))
            guard limit > 0x1p30, error <= (step.map(Double.init) ?? unit) / 64 + abs(Double(real)) * 0x1p-22 else {
                return (.constant("\(node.name) real bias", try Tensor(reals, shape: [count])), true)
            }
            stored.append(Int32(held))
        }
        return (.constant("\(node.name) bias", try Tensor(stored, shape: [count])), false)
    }

    func zero(_ value: QuantizedValue) throws -> Operand {
        if let zeroPoint = value.zeroPoint { return .value(zeroPoint) }
        let tensor = try value.type == .int8 ? Tensor([Int8(0)], shape: []) : Tensor([UInt8(0)], shape: [])
        return .constant("\(node.name) zero point", tensor)
    }

    /// The 8-bit value, its scale and its zero point.
    func triple(_ value: QuantizedValue) throws -> [Operand] {
        [.value(value.stored), .value(value.scale), try zero(value)]
    }
}

extension Rewrite {
    /// The values of operands. Constants are added to the graph.
    mutating func values(of operands: [QuantizedOperands.Operand], in view: GraphView) -> [ValueID?] {
        operands.map { operand in
            switch operand {
            case .value(let value): value
            case .constant(let name, let tensor): constant(name, tensor, in: view)
            }
        }
    }
}
