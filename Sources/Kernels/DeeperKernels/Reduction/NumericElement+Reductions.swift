internal import DeeperTensors
internal import Glibc

/// Reductions of the elements that a nest visits from `x` on. Floats are computed in float64. Integers wrap, except if
/// the result is rounded from a real number.
extension NumericElement where Self: Comparable {
    /// The smallest element; NaN if any element is NaN. The empty minimum is infinity, or the type's highest value.
    static func minimum(of x: UnsafePointer<Self>, over nest: LoopNest) -> Self {
        let least = nest.fold(x, Self?.none) { least, value in
            guard let least else { return value }
            return value < least || value != value ? value : least
        }
        return least ?? Self(saturating: .infinity)
    }

    /// The product; the empty one is 1.
    static func product(of x: UnsafePointer<Self>, over nest: LoopNest) -> Self {
        elementType.isFloatingPoint
            ? Self(saturating: nest.fold(x, 1.0) { $0 * $1.double })
            : Self(wrapping: nest.fold(x, Int64(1)) { $0 &* $1.integer })
    }

    /// The sum of |x|.
    static func absoluteSum(of x: UnsafePointer<Self>, over nest: LoopNest) -> Self {
        elementType.isFloatingPoint
            ? Self(saturating: nest.fold(x, 0.0) { $0 + abs($1.double) })
            : Self(
                wrapping: nest.fold(x, Int64(0)) {
                    $1 < Self(wrapping: 0) ? $0 &- $1.integer : $0 &+ $1.integer
                })
    }

    /// The sum of x^2.
    static func squareSum(of x: UnsafePointer<Self>, over nest: LoopNest) -> Self {
        elementType.isFloatingPoint
            ? Self(saturating: nest.fold(x, 0.0) { $0 + $1.double * $1.double })
            : Self(wrapping: nest.fold(x, Int64(0)) { $0 &+ $1.integer &* $1.integer })
    }

    /// The square root of the sum of x^2; integers are rounded towards zero.
    static func norm(of x: UnsafePointer<Self>, over nest: LoopNest) -> Self {
        Self(saturating: nest.fold(x, 0.0) { $0 + $1.double * $1.double }.squareRoot())
    }

    /// ln of the sum, -infinity for no elements; integers are rounded towards zero.
    static func logSum(of x: UnsafePointer<Self>, over nest: LoopNest) -> Self {
        Self(saturating: log(nest.fold(x, 0.0) { $0 + $1.double }))
    }

    /// ln of the sum of exp(x), -infinity for no elements; integers are rounded towards zero. The largest element is
    /// factored out of the sum, so that no exponential overflows.
    static func logSumExp(of x: UnsafePointer<Self>, over nest: LoopNest) -> Self {
        let largest = nest.fold(x, -Double.infinity) { $1.double > $0 || $1.double.isNaN ? $1.double : $0 }
        guard largest.isFinite else { return Self(saturating: largest) }
        return Self(saturating: largest + log(nest.fold(x, 0.0) { $0 + exp($1.double - largest) }))
    }
}
