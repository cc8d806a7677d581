public import DeeperTensors

/// What becomes of the int32 sums of a product of quantised operands: they stay, or become real or quantised numbers.
public struct IntegerEpilogue: Sendable {
    /// How sums are written.
    public enum Result: Sendable, Hashable {
        /// As they are.
        case sums
        /// Times the scale, plus the offset, as float32, held between two numbers.
        case reals(ClampRange)
        /// Times the scale, plus the offset, rounded to the nearest, ties to even, plus the zero point, held between two stored values.
        case quantized(ElementType, zeroPoint: Int32, least: Int32, most: Int32)
    }

    /// Added to the sums: one a column, or none.
    public var bias: [Int32]
    /// What sums are multiplied by: one for all columns, or one for each. Not used for `sums`.
    public var scales: [Float]
    /// Added to the sums after that: one a column, or none. Not used for `sums`.
    public var offsets: [Float]
    public var result: Result
    /// Of quantised results: what is added to them before they are written.
    public var residual: IntegerResidual?

    public init(
        bias: [Int32] = [], scales: [Float] = [1], offsets: [Float] = [], result: Result = .sums,
        residual: IntegerResidual? = nil
    ) {
        self.bias = bias
        self.scales = scales
        self.offsets = offsets
        self.result = result
        self.residual = residual
    }

    /// Whether a residual is added to quantised results only.
    var isConsistent: Bool {
        if case .quantized = result { return true }
        return residual == nil
    }

    var elementType: ElementType {
        switch result {
        case .sums: .int32
        case .reals: .float32
        case .quantized(let type, _, _, _): type
        }
    }

    /// Writes the sum of a column as element `index` of an output.
    ///
    /// - Parameters:
    ///   - rowScale: another factor, of the row.
    ///   - addend: the element of the residual, if there is one.
    @inline(__always)
    func store(
        _ sum: Int32, column: Int, rowScale: Float = 1, addend: UInt8 = 0, to output: UnsafeMutableRawPointer,
        at index: Int
    ) {
        let total = bias.isEmpty ? sum : sum &+ bias[column]
        let scale = scales.isEmpty ? 1 : scales[scales.count == 1 ? 0 : column]
        var real = Float(total) * min(scale * rowScale, .greatestFiniteMagnitude)
        if !offsets.isEmpty { real += offsets[column] }
        switch result {
        case .sums: output.assumingMemoryBound(to: Int32.self)[index] = total
        case .reals(let range):
            output.assumingMemoryBound(to: Float.self)[index] = range.applied(to: real)
        case .quantized(let type, let zeroPoint, let least, let most):
            let store = Saturation(zeroPoint: zeroPoint, least: least, most: most)
            var stored = store(real)
            if let residual { stored = residual.sum(stored &- zeroPoint, addend) }
            if type == .int8 {
                output.assumingMemoryBound(to: Int8.self)[index] = Int8(truncatingIfNeeded: stored)
            } else {
                output.assumingMemoryBound(to: UInt8.self)[index] = UInt8(truncatingIfNeeded: stored)
            }
        }
    }
}

/// A zero point that is known when a plan is made, or an operand of the step.
public enum ZeroPoint: Sendable, Hashable {
    case known(Int32)
    /// The number of the operand: one element of the type of what it belongs to.
    case operand(Int)

    var isKnown: Bool { if case .known = self { true } else { false } }

    /// The operand after it, of a kernel whose operand 0 it belongs to.
    var nextOperand: Int { if case .operand(let index) = self { index + 1 } else { 1 } }

    /// The number in a run.
    ///
    /// - Parameter elements: int8 or uint8.
    func value(_ operands: Operands, _ elements: ElementType) -> Int32 {
        switch self {
        case .known(let value): value
        case .operand(let index):
            elements == .int8
                ? Int32(operands.typed(index, as: Int8.self)[0]) : Int32(operands.typed(index, as: UInt8.self)[0])
        }
    }
}
