import DeeperKernels
import DeeperTensors

/// An operator whose 8-bit results may be held between two stored numbers: what is left of a Relu or Clip before
/// QuantizeLinear.
public protocol RangedOperator: Operator {
    /// Set by a pass: least and most stored results; nil: all of the type.
    var storedRange: ClosedRange<Int32>? { get set }
}

/// An operator whose 8-bit results may be left real: float32, each the sum of products in their units.
public protocol RealResultOperator: Operator {
    /// Set by a pass: the result is float32, and has neither scale nor zero point.
    var givesReals: Bool { get set }
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
