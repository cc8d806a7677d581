import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Computes nodes between DequantizeLinear and QuantizeLinear on 8-bit numbers, as QDQ models intend, including Relus
/// and Clips before the QuantizeLinear. Products whose results are not quantised return float32.
struct FoldQuantization: Pass {
    static let name = "compute on quantised numbers"

    /// The operators that only move numbers; they work on bytes if result and operand are quantised in the same form.
    static let movements: Set = [
        "MaxPool", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Identity", "Slice", "DepthToSpace",
        "SpaceToDepth",
    ]

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        guard view.graph.nodes.contains(where: { $0.operatorName == "DequantizeLinear" }) else { return [] }
        return try view.graph.nodes.indices.compactMap { index in
            try QuantizedFolding(index, view)?.rewrite() ?? RealProductFolding(index, view)?.rewrite()
                ?? roundTrip(index, view)
        }
    }

    /// Removes a QuantizeLinear that restores the value before a DequantizeLinear.
    private func roundTrip(_ index: Int, _ view: GraphView) throws -> Rewrite? {
        let node = view.graph.nodes[index]
        guard let result = try QuantizedValue(quantizedBy: node, view), !view.isOutput(result.stored),
            let source = try QuantizedValue(dequantizedTo: node.inputs[0], view), source.isQuantized(like: result),
            let maker = view.producer(of: node.inputs[0])
        else { return nil }
        var rewrite = Rewrite("drop \(node.name)", removed: [index], relied: [maker])
        rewrite.replaced[result.stored] = source.stored
        return rewrite
    }
}

/// A node with its quantised operands and the quantisation of its result.
private struct QuantizedFolding {
    private let index: Int
    private let node: Node
    private let view: GraphView
    /// The QuantizeLinear; `clamps` are the Relus and Clips before it.
    private let quantizer: Int
    private let clamps: [Int]
    private let range: ClampRange
    private let result: QuantizedValue
    private let operands: QuantizedOperands

    /// Returns nil unless the node has a single result, which is quantised.
    init?(_ index: Int, _ view: GraphView) throws {
        self.index = index
        self.view = view
        node = view.graph.nodes[index]
        operands = QuantizedOperands(node, view)
        guard node.outputs.count == 1, !["QuantizeLinear", "DequantizeLinear"].contains(node.operatorName) else {
            return nil
        }
        var clamps: [Int] = []
        var range = ClampRange.unbounded
        var value = node.outputs[0]
        while let next = view.soleConsumer(of: value) {
            let follower = view.graph.nodes[next]
            guard follower.inputs[0] == value else { return nil }
            if let result = try QuantizedValue(quantizedBy: follower, view) {
                (self.quantizer, self.clamps, self.range, self.result) = (next, clamps, range, result)
                return
            }
            guard let clamp = try follower.clampRange(constant: { view.constant(follower, $0) }) else { return nil }
            range = range.followed(by: clamp)
            clamps.append(next)
            value = follower.outputs[0]
        }
        return nil
    }

    func rewrite() throws -> Rewrite? {
        // A node that another pass made may compute more than its operator's name says.
        guard node.form != nil || node.operation is any ActivationOperator else { return nil }
        // Scales per channel are only possible for the columns of a product.
        guard result.hasOneScale || node.operatorName == "Conv" else { return nil }
        return switch node.operatorName {
        case "Conv", "Gemm", "MatMul": try product()
        case "Add": try arithmetic("QLinearAdd")
        case "Mul": try arithmetic("QLinearMul")
        case "AveragePool", "GlobalAveragePool": try pooling()
        case "Concat": try concatenation()
        case let name where FoldQuantization.movements.contains(name): try movement()
        default: try function()
        }
    }

    // MARK: what they become

    private func product() throws -> Rewrite? {
        guard var product = try operands.product(step: result.scales.min()) else { return nil }
        if !result.hasOneScale { product.hasChannelScales = true }
        let whole = product
        let completed = whole.hasForm ? nil : { (operation: any Operator) in whole.completed(operation) }
        return try exchange(
            product.name, domain: product.domain, opset: product.opset, product.attributes,
            product.leading + target() + product.trailing, completed: completed)
    }

    private func arithmetic(_ name: String) throws -> Rewrite? {
        guard node.operation.alignsLastAxes, node.inputs.count == 2, let a = try operands.source(0),
            let b = try operands.source(1)
        else { return nil }
        let areEqual = a.type == b.type && a.type == result.type
        let inputs = try operands.triple(a) + operands.triple(b) + target()
        guard !areEqual else { return try exchange(name, [:], inputs) }
        return try exchange(name, [:], inputs) { operation in
            guard var mixed = operation as? any MixedByteOperator else { return nil }
            mixed.mixesTypes = true
            return mixed
        }
    }

    private func pooling() throws -> Rewrite? {
        guard let form = node.form, let x = try operands.source(0), x.type == result.type else { return nil }
        return try exchange("QLinear" + node.operatorName, form.attributes, operands.triple(x) + target())
    }

    private func concatenation() throws -> Rewrite? {
        guard let form = node.form, clamps.isEmpty, node.inputs.count <= 256 else { return nil }
        var sources: [QuantizedValue] = []
        for index in node.inputs.indices {
            guard let source = try operands.source(index) else { return nil }
            sources.append(source)
        }
        if sources.allSatisfy(result.isQuantized) { return moved(sources.map(\.stored)) }
        return try exchange("QLinearConcat", form.attributes, target() + sources.flatMap(operands.triple))
    }

    private func movement() throws -> Rewrite? {
        guard clamps.isEmpty, let source = try operands.source(0), source.isQuantized(like: result) else { return nil }
        return moved([source.stored] + node.inputs.dropFirst())
    }

    /// The same node, working on 8-bit numbers.
    private func moved(_ inputs: [ValueID?]) -> Rewrite {
        var own = node
        own.inputs = inputs
        own.outputs = view.graph.nodes[quantizer].outputs
        var rewrite = Rewrite("\(node.name) on \(result.type.rawValue)", removed: [quantizer])
        rewrite.exchange(index, for: own)
        return rewrite
    }

    /// Replaces a function of one number by a table.
    private func function() throws -> Rewrite? {
        guard let source = try operands.source(0), try view.isFunctionOfOneNumber(node) else { return nil }
        let reals = (0..<256).map { bits in
            let stored = source.type == .int8 ? Int32(Int8(truncatingIfNeeded: bits)) : Int32(bits)
            return Float(stored - source.zeroPoints[0]) * source.scales[0]
        }
        let inputs =
            [try Tensor(reals, shape: [256])] + node.inputs.dropFirst().map { $0.flatMap { view.graph.constants[$0] } }
        let results = try view.evaluator.evaluate(node, inputs, outputs: [TensorType(.float32, [256])])[0]
        let table = try results.elements(as: Float.self).map { value in
            UInt8(truncatingIfNeeded: result.stored(min(max(value, range.lower), range.upper)))
        }
        var rewrite = Rewrite("\(node.name) as a table", removed: Set(clamps + [quantizer]))
        // A Relu or a Clip only changes the units of a number and clamps it. Reversed or NaN bounds are treated as in
        // the float kernels.
        let own = try node.clampRange(constant: { view.constant(node, $0) })
        let bounds = own.map { ClampRange.unbounded.followed(by: $0).followed(by: range) }
        let rescaling = bounds.map { bounds in
            ByteRescaling(
                isSigned: source.type == .int8, zeroPoint: source.zeroPoints[0],
                factor: source.scales[0] / result.scales[0], resultZeroPoint: result.zeroPoints[0],
                range: result.stored(bounds.lower)...result.stored(bounds.upper))
        }
        let operation = ByteTable(table, result: result.type, rescaling: rescaling)
        rewrite.exchange(
            index,
            for: Node(
                name: node.name, operation: operation, inputs: [source.stored],
                outputs: view.graph.nodes[quantizer].outputs))
        return rewrite
    }

    // MARK: writing

    /// The scale and the zero point of the result.
    private func target() throws -> [QuantizedOperands.Operand] {
        [.value(result.scale), try operands.zero(result)]
    }

    /// Replaces the node by another operator that makes the QuantizeLinear's result; nil if the operator cannot express
    /// it.
    private func exchange(
        _ name: String, domain: String = OperatorCatalog.runtimeDomain, opset: Int = 1,
        _ attributes: [String: AttributeValue], _ inputs: [QuantizedOperands.Operand],
        completed: ((any Operator) -> (any Operator)?)? = nil
    ) throws -> Rewrite? {
        guard
            var operation = try? OperatorCatalog.make(
                name, node: node.name, domain: domain, opset: opset, attributes: attributes, inputCount: inputs.count,
                outputCount: 1)
        else { return nil }
        if range != .unbounded {
            guard var ranged = operation as? any RangedOperator else { return nil }
            guard let stored = result.stored(range) else { return nil }
            ranged.storedRange = stored
            operation = ranged
        }
        if let completed {
            guard let whole = completed(operation) else { return nil }
            operation = whole
        }
        let hasForm = range == .unbounded && completed == nil
        var rewrite = Rewrite("\(node.name) on \(result.type.rawValue)", removed: Set(clamps + [quantizer]))
        let values = rewrite.values(of: inputs, in: view)
        rewrite.exchange(
            index,
            for: Node(
                name: node.name, operation: operation, inputs: values, outputs: view.graph.nodes[quantizer].outputs,
                form: hasForm ? NodeForm(opset: opset, domain: domain, attributes: attributes) : nil))
        return rewrite
    }
}
