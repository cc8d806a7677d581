public import DeeperTensors

/// What becomes of the int32 sums of a product of quantised operands: they stay, or become real or quantised numbers.
public struct IntegerEpilogue: Sendable {
    /// How sums are written.
    public enum Result: Sendable, Hashable {
        /// As they are.
        case sums
        /// Times the scale, as float32.
        case reals
        /// Times the scale, rounded to the nearest, ties to even, plus the zero point, held between two stored values.
        case quantized(ElementType, zeroPoint: Int32, least: Int32, most: Int32)
    }

    /// Added to the sums: one a column, or none.
    public var bias: [Int32]
    /// What sums are multiplied by: one for all columns, or one for each. Not used for `sums`.
    public var scales: [Float]
    public var result: Result

    public init(bias: [Int32] = [], scales: [Float] = [1], result: Result = .sums) {
        self.bias = bias
        self.scales = scales
        self.result = result
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
    /// - Parameter rowScale: another factor, of the row.
    @inline(__always)
    func store(
        _ sum: Int32, column: Int, rowScale: Float = 1, to output: UnsafeMutableRawPointer, at index: Int
    ) {
        let total = bias.isEmpty ? sum : sum &+ bias[column]
        let scale = scales.isEmpty ? 1 : scales[scales.count == 1 ? 0 : column]
        switch result {
        case .sums: output.assumingMemoryBound(to: Int32.self)[index] = total
        case .reals:
            output.assumingMemoryBound(to: Float.self)[index] =
                Float(total) * min(scale * rowScale, .greatestFiniteMagnitude)
        case .quantized(let type, let zeroPoint, let least, let most):
            let store = Saturation(zeroPoint: zeroPoint, least: least, most: most)
            let stored = store(Float(total) * min(scale * rowScale, .greatestFiniteMagnitude))
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
