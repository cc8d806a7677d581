public import DeeperTensors

/// The operations on the int32 sums of a product of quantised operands before they are stored: they stay int32, or
/// become real or quantised numbers.
public struct IntegerEpilogue: Sendable {
    /// The form in which sums are written.
    public enum Result: Sendable, Hashable {
        /// The int32 sums.
        case sums
        /// Float32: the sum times the scale, plus the offset, clamped.
        case reals(ClampRange)
        /// Quantised: the sum times the scale, plus the offset, rounded to nearest, ties to even, plus the zero point,
        /// clamped to a range of stored values.
        case quantized(ElementType, zeroPoint: Int32, least: Int32, most: Int32)
    }

    /// The bias that is added to the sums: one number per column, or none.
    public var bias: [Int32]
    /// The factors that sums are multiplied by: one for all columns, or one per column. Not used for `sums`.
    public var scales: [Float]
    /// The numbers that are added after that: one per column, or none. Not used for `sums`.
    public var offsets: [Float]
    public var result: Result
    /// A residual that is added to quantised results before they are written.
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

    /// Whether there is a residual for quantised results only, as it must be.
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
    ///   - rowScale: another factor, for the row.
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

/// A zero point: a number that is known when the plan is made, or an operand of the step.
public enum ZeroPoint: Sendable, Hashable {
    case known(Int32)
    /// The index of the operand, which is one element of the type of the tensor that it belongs to.
    case operand(Int)

    var isKnown: Bool { if case .known = self { true } else { false } }

    /// The index of the next operand, for a kernel in which it belongs to operand 0.
    var nextOperand: Int { if case .operand(let index) = self { index + 1 } else { 1 } }

    /// The value of the zero point in a run.
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
