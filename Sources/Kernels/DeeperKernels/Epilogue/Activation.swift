/// A vectorised function of one number, other than clamping (``ClampRange``). Every kernel with an ``Epilogue`` can
/// apply any of these functions to its sums.
///
/// Errors are at most 2 units in the last place (Swish 2.3, Mish 2.9) where neither the argument nor the value is
/// subnormal; errors of GELU are relative to x.
public enum Activation: Sendable, Hashable {
    case identity
    /// x where x >= 0, elsewhere slope x.
    case leakyRelu(slope: Float)
    /// Leaky ReLU with a slope for each column.
    case prelu(slopes: [Float])
    /// 1 / (1 + exp(-x)).
    case sigmoid
    /// x / (1 + exp(-alpha x)).
    case swish(alpha: Float)
    /// slope x + offset, limited to 0...1.
    case hardSigmoid(slope: Float, offset: Float)
    /// x times (x / 6 + 1 / 2 limited to 0...1).
    case hardSwish
    case tanh
    /// x Phi(x), where Phi is the distribution function of the normal distribution, computed by the error function.
    case gelu
    /// The approximation of GELU with tanh.
    case tanhGelu
    /// x where x >= 0, elsewhere alpha (exp(x) - 1).
    case elu(alpha: Float)
    /// x where x >= 0, elsewhere alpha (exp(x / alpha) - 1).
    case celu(alpha: Float)
    /// scale ELU(x).
    case selu(alpha: Float, scale: Float)
    /// ln(1 + exp(x)).
    case softplus
    /// x / (1 + |x|).
    case softsign
    /// x tanh(ln(1 + exp(x))).
    case mish
    case exp
    /// The natural logarithm.
    case log
    /// The error function.
    case erf
    case sqrt
    /// 1 / x.
    case reciprocal
    /// x x.
    case square
    case absolute
    case negative
    case floor
    case ceil
    /// The nearest integer, ties to even.
    case round

    /// x / (1 + exp(-x)).
    public static let silu = Activation.swish(alpha: 1)
}
