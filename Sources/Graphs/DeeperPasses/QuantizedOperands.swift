import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// What a node between DequantizeLinear and QuantizeLinear reads, in 8 bits.
struct QuantizedOperands {
    private let node: Node
    private let view: GraphView

    init(_ node: Node, _ view: GraphView) { (self.node, self.view) = (node, view) }

    /// An operand of the new node: a value there is, or a constant that is to be made.
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

    /// Whether so many products of bytes by weights add up within int32, whatever they are.
    func fits(terms: Int, _ weights: QuantizedValue) -> Bool {
        Double(terms) * 255 * largest(weights) <= Double(Int32.max)
    }

    /// The largest magnitude that numbers may have less their zero points.
    private func largest(_ value: QuantizedValue) -> Double {
        value.type.fitsBytes(less: value.zeroPoints) ? 128 : 255
    }

    /// The constant bias in units of the products, `.some(nil)` where there is none; nil where it is computed, too large, or
    /// such units are too coarse for it.
    ///
    /// - Parameter step: between two results: what one stored number is of, or nil for the products' units, if results stay
    ///   real. An error of a 64th of it is as good as none.
    func bias(
        _ input: Int, _ x: QuantizedValue, _ w: (value: QuantizedValue, shape: Shape), count: Int,
        step: Float?
    ) throws -> Operand?? {
        guard input < node.inputs.count, node.inputs[input] != nil else { return .some(nil) }
        guard let tensor = try view.constantValue(of: node.inputs[input]), tensor.elementType == .float32,
            tensor.shape.elementCount == count, tensor.shape.dimensions.last == count
        else { return nil }
        let scales = w.value.scales
        let limit = 0x1p31 - 1 - Double(w.shape.elementCount / max(1, count)) * 255 * largest(w.value)
        guard limit > 0x1p30 else { return nil }
        var stored: [Int32] = []
        for (index, real) in try tensor.elements(as: Float.self).enumerated() {
            let unit = Double(x.scales[0]) * Double(scales[scales.count == 1 ? 0 : index])
            let whole = (Double(real) / unit).rounded(.toNearestOrEven)
            // Most are whole to begin with: what was int32 of this scale.
            // With the products it must not leave int32: a filter of next to nothing has tiny units and a huge bias.
            let held = min(max(whole, -limit), limit)
            guard real.isFinite,
                abs(held * unit - Double(real)) <= (step.map(Double.init) ?? unit) / 64 + abs(Double(real)) * 0x1p-22
            else { return nil }
            stored.append(Int32(held))
        }
        return .some(.constant("\(node.name) bias", try Tensor(stored, shape: [count])))
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
    /// The values of operands; constants are made.
    mutating func values(of operands: [QuantizedOperands.Operand], in view: GraphView) -> [ValueID?] {
        operands.map { operand in
            switch operand {
            case .value(let value): value
            case .constant(let name, let tensor): constant(name, tensor, in: view)
            }
        }
    }
}
