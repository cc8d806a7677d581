public import DeeperKernels
import DeeperTensors

/// An operator that can clamp its 8-bit results to a range of stored numbers, which replaces a Relu or Clip before
/// QuantizeLinear.
public protocol RangedOperator: Operator {
    /// Set by a pass: the lowest and highest stored result; nil: the type's whole range.
    var storedRange: ClosedRange<Int32>? { get set }
}

/// An operator whose 8-bit operands may differ in type from each other and from the result: QDQ models add int8 to
/// uint8.
public protocol MixedByteOperator: Operator {
    /// Set by a pass: the operands and the result may have different types, and the result has a zero point, which
    /// determines its type.
    var mixesTypes: Bool { get set }
}

/// An operator that can add an 8-bit value to its own 8-bit results.
public protocol ResidualOperator: RangedOperator {
    /// Whether it adds a value.
    var addsResidual: Bool { get }

    /// The operator that adds another value of the result's shape, as QLinearAdd would. That value is input 9, followed
    /// by its scale and zero point and by those of the sum. The scale and zero point of the operator's own results are
    /// still inputs 6 and 7.
    ///
    /// - Parameter range: the lowest and highest stored sum; nil: the type's whole range.
    /// - Returns: nil if no kernel can add it.
    func addingResidual(range: ClosedRange<Int32>?) -> Self?
}

/// An operator whose results need not be quantised: it can return float32, the sums of products as real numbers.
public protocol RealResultOperator: Operator {
    /// Set by a pass: the result is float32, and has neither scale nor zero point.
    var givesReals: Bool { get set }
}

/// An operator whose 8-bit operand and result may have one scale per channel, with the same zero point for all.
public protocol ChannelScaleOperator: Operator {
    /// Set by a pass: the operand of a depthwise convolution, or the result, has one scale per channel.
    var hasChannelScales: Bool { get set }
}

/// An operator that can clamp its float32 results, which replaces a Relu or Clip after it.
public protocol RealRangeOperator: Operator {
    /// The range of float32 results; set by a pass.
    var realRange: ClampRange { get set }
}

/// An operator whose bias may be float32, as written by NNCF, instead of int32 in units of the products' scale.
public protocol RealBiasOperator: Operator {
    /// Set by a pass: the bias is float32.
    var hasRealBias: Bool { get set }
}

extension RealBiasOperator {
    var biasType: ElementType { hasRealBias ? .float32 : .int32 }

    /// The bias as the epilogue of sums needs it.
    ///
    /// - Parameter units: the units of the sums: one for all columns, or one per column.
    func bias(_ request: LoweringRequest, at index: Int, units: [Float]) throws -> (whole: [Int32], real: [Float]) {
        guard request.hasInput(index) else { return ([], []) }
        let value = try request.knownValue(index)
        if hasRealBias {
            let reals = try value.elements(as: Float.self)
            return ([], reals.indices.map { reals[$0] / units[units.count == 1 ? 0 : $0] })
        }
        return (try value.elements(as: Int32.self), [])
    }
}

extension RangedOperator {
    /// The given form of storing results, restricted to the operator's range.
    func ranged(_ result: IntegerEpilogue.Result) -> IntegerEpilogue.Result {
        guard let range = storedRange, case .quantized(let type, let zeroPoint, let least, let most) = result else {
            return result
        }
        return .quantized(
            type, zeroPoint: zeroPoint, least: max(least, range.lowerBound), most: min(most, range.upperBound))
    }
}
