import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// An 8-bit value with its scale and zero point: the input of a DequantizeLinear or the result of a QuantizeLinear.
struct QuantizedValue {
    /// The 8-bit value.
    var stored: ValueID
    var type: ElementType
    var scale: ValueID
    /// Nil if the node has none, which means 0.
    var zeroPoint: ValueID?
    /// One number, or one for each entry of ``axis``.
    var scales: [Float]
    var zeroPoints: [Int32]
    /// The axis along which there are several scales, possibly negative.
    var axis: Int

    var hasOneScale: Bool { scales.count == 1 }

    /// Whether each channel of an image has a scale of its own, with the same zero point for all. NNCF quantises the
    /// inputs of depthwise convolutions like this.
    var hasChannelScales: Bool {
        !hasOneScale && axis == 1 && zeroPoints.allSatisfy { $0 == zeroPoints[0] }
    }

    /// Whether equal stored numbers mean equal real numbers in both values.
    func isQuantized(like other: QuantizedValue) -> Bool {
        type == other.type && scales == other.scales && zeroPoints == other.zeroPoints && hasOneScale
    }

    /// - Parameter stored: the 8-bit operand or result of the node.
    private init?(_ node: Node, stored: ValueID?, _ view: GraphView) throws {
        guard let stored, node.inputs.count > 1, let scale = node.inputs[1], let scales = view.constant(node, 1),
            scales.elementType == .float32, scales.shape.rank <= 1
        else { return nil }
        let zeroPoint = node.inputs.count > 2 ? node.inputs[2] : nil
        if zeroPoint != nil, view.constant(node, 2) == nil { return nil }
        let type =
            view.types?.knownType(stored)?.elementType ?? view.graph.constants[stored]?.elementType
            ?? view.constant(node, 2)?.elementType
        guard let type, type == .int8 || type == .uint8,
            zeroPoint == nil || view.constant(node, 2)?.elementType == type
        else { return nil }
        self.stored = stored
        self.type = type
        self.scale = scale
        self.zeroPoint = zeroPoint
        self.scales = try scales.elements(as: Float.self)
        zeroPoints = try view.constant(node, 2).map { try $0.integers().map { Int32(truncatingIfNeeded: $0) } } ?? [0]
        if case .int(let axis)? = node.form?.attributes["axis"] { self.axis = axis } else { axis = 1 }
        guard !self.scales.isEmpty, zeroPoints.count == 1 || zeroPoints.count == self.scales.count,
            self.scales.allSatisfy(isScale)
        else { return nil }
    }

    /// The 8-bit value before a DequantizeLinear with constant parameters; nil if no such node makes the value.
    init?(dequantizedTo value: ValueID?, _ view: GraphView) throws {
        guard let maker = view.producer(of: value), case let node = view.graph.nodes[maker],
            node.operatorName == "DequantizeLinear"
        else { return nil }
        try self.init(node, stored: node.inputs[0], view)
    }

    /// The result of a QuantizeLinear with one scale or one per channel; nil for another node.
    init?(quantizedBy node: Node, _ view: GraphView) throws {
        guard node.operatorName == "QuantizeLinear" else { return nil }
        try self.init(node, stored: node.outputs[0], view)
        guard hasOneScale || hasChannelScales else { return nil }
    }

    /// The stored number for a real one, saturating.
    func stored(_ value: Float) -> Int32 {
        let range = type.byteRange
        return Saturation(zeroPoint: zeroPoints[0], least: range.lowerBound, most: range.upperBound)(value / scales[0])
    }

    /// The range of stored numbers for a range of real ones, saturating; nil if it differs from channel to channel.
    func stored(_ range: ClampRange) -> ClosedRange<Int32>? {
        let all = type.byteRange
        let store = Saturation(zeroPoint: zeroPoints[0], least: all.lowerBound, most: all.upperBound)
        let bounds = scales.map { store(range.lower / $0)...store(range.upper / $0) }
        return bounds.allSatisfy { $0 == bounds[0] } ? bounds[0] : nil
    }
}

extension GraphView {
    /// The tensor of a value that depends on constants alone.
    func constantValue(of value: ValueID?) throws -> Tensor? {
        guard let value else { return nil }
        if let known = graph.constants[value] { return known }
        guard let maker = producer(of: value), branch(of: maker) == nil else { return nil }
        let node = graph.nodes[maker]
        guard node.outputs.count == 1, node.operatorName == "QuantizeLinear" || node.operatorName == "DequantizeLinear"
        else { return nil }
        let inputs = try node.inputs.map { try constantValue(of: $0) }
        guard zip(node.inputs, inputs).allSatisfy({ $0 == nil || $1 != nil }) else { return nil }
        let types = inputs.map { $0.map { TensorType($0.elementType, $0.shape) } }
        let outputs = try node.operation.infer(NodeInputs(types: types, values: inputs))
        return try evaluator.evaluate(node, inputs, outputs: outputs)[0]
    }
}
