public import DeeperKernels
import DeeperTensors

/// An operator whose 8-bit results may be held between two stored numbers: what is left of a Relu or Clip before
/// QuantizeLinear.
public protocol RangedOperator: Operator {
    /// Set by a pass: least and most stored results; nil: all of the type.
    var storedRange: ClosedRange<Int32>? { get set }
}

/// An operator whose 8-bit operands may be of another type than its result: QDQ models add int8 to uint8.
public protocol MixedByteOperator: Operator {
    /// Set by a pass: the operands and the result have types of their own, and the result a zero point that says its.
    var mixesTypes: Bool { get set }
}

/// An operator that may add an 8-bit value to its own 8-bit results.
public protocol ResidualOperator: RangedOperator {
    /// Whether it adds one.
    var addsResidual: Bool { get }

    /// The operator that adds another value of the result's shape, its input 9, as QLinearAdd would. Its further inputs are
    /// that value's scale and zero point and those of the sum; those of what it is added to are still inputs 6 and 7.
    ///
    /// - Parameter range: least and most stored sums; nil: all of the type.
    /// - Returns: nil where no kernel adds.
    func addingResidual(range: ClosedRange<Int32>?) -> Self?
}

/// An operator whose 8-bit results may be left real: float32, each the sum of products in their units.
public protocol RealResultOperator: Operator {
    /// Set by a pass: the result is float32, and has neither scale nor zero point.
    var givesReals: Bool { get set }
}

/// An operator whose 8-bit operand and result may have a scale for each channel, and the same zero point for all.
public protocol ChannelScaleOperator: Operator {
    /// Set by a pass: the operand of a depthwise convolution, or the result, has as many scales as channels.
    var hasChannelScales: Bool { get set }
}

/// An operator that may hold its real results between two numbers: a Relu or Clip after it.
public protocol RealRangeOperator: Operator {
    /// Set by a pass, of results that stay real.
    var realRange: ClampRange { get set }
}

/// An operator whose bias may be float32, in no units, instead of int32 in those of the products: what NNCF writes.
public protocol RealBiasOperator: Operator {
    /// Set by a pass: the bias is float32.
    var hasRealBias: Bool { get set }
}

extension RealBiasOperator {
    var biasType: ElementType { hasRealBias ? .float32 : .int32 }

    /// What a bias gives the epilogue of sums.
    ///
    /// - Parameter units: of the results: one for all, or one for each.
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
    /// The operator's way to store results within its range.
    func ranged(_ result: IntegerEpilogue.Result) -> IntegerEpilogue.Result {
        guard let range = storedRange, case .quantized(let type, let zeroPoint, let least, let most) = result else {
            return result
        }
        return .quantized(
            type, zeroPoint: zeroPoint, least: max(least, range.lowerBound), most: min(most, range.upperBound))
    }
}
