import DeeperKernels
import DeeperTensors

/// An operator whose 8-bit results may be held between two stored numbers: what is left of a Relu or Clip before
/// QuantizeLinear.
public protocol RangedOperator: Operator {
    /// Set by a pass: least and most stored results; nil: all of the type.
    var storedRange: ClosedRange<Int32>? { get set }
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
