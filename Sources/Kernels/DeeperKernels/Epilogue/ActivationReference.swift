internal import Glibc

extension Activation {
    /// The activation by its definition, in float64: the reference twin of the vectorised code.
    ///
    /// - Parameter column: the column whose slope PReLU uses.
    public func reference(_ x: Double, column: Int = 0) -> Double {
        switch self {
        case .identity: x
        case .leakyRelu(let slope): x < 0 ? Double(slope) * x : x
        case .prelu(let slopes): x < 0 ? Double(slopes[column]) * x : x
        case .sigmoid: 1 / (1 + Glibc.exp(-x))
        case .swish(let alpha): x / (1 + Glibc.exp(-Double(alpha) * x))
        case .hardSigmoid(let slope, let offset): held(Double(slope) * x + Double(offset))
        case .hardSwish: x * held(x / 6 + 0.5)
        case .tanh: Glibc.tanh(x)
        case .gelu: 0.5 * x * erfc(-x * 0.5.squareRoot())
        case .tanhGelu: 0.5 * x * (1 + Glibc.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case .elu(let alpha): x < 0 ? Double(alpha) * expm1(x) : x
        case .celu(let alpha): x < 0 ? Double(alpha) * expm1(x / Double(alpha)) : x
        case .selu(let alpha, let scale): Double(scale) * (x < 0 ? Double(alpha) * expm1(x) : x)
        case .softplus: max(x, 0) + log1p(Glibc.exp(-abs(x)))
        case .softsign: x / (1 + abs(x))
        case .mish: x * Glibc.tanh(max(x, 0) + log1p(Glibc.exp(-abs(x))))
        case .exp: Glibc.exp(x)
        case .log: Glibc.log(x)
        case .erf: Glibc.erf(x)
        case .sqrt: x.squareRoot()
        case .reciprocal: 1 / x
        case .square: x * x
        case .absolute: abs(x)
        case .negative: -x
        case .floor: x.rounded(.down)
        case .ceil: x.rounded(.up)
        case .round: x.rounded(.toNearestOrEven)
        }
    }

    private func held(_ x: Double) -> Double { x < 0 ? 0 : x > 1 ? 1 : x }
}
