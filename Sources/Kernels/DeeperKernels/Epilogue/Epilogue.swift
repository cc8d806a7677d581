/// The operations on a kernel's sums before they are stored: Y[r][n] = clamp(activation(sum * scale[n] + bias[n] +
/// residual[r][n])) * factor + addend.
///
/// Kernels that sum products apply it in registers, or on a tile that is still in the cache. The residual is an
/// operand, so the kernel's shape tells whether there is one and where it is. The type of the stored values is that of
/// the routine.
public struct Epilogue: Sendable, Hashable {
    /// A factor for every column (output channel), or nil for 1.
    public var scale: [Float]?
    /// A summand for every column, or nil for 0.
    public var bias: [Float]?
    public var ending: Ending

    public init(scale: [Float]? = nil, bias: [Float]? = nil, ending: Ending) {
        self.scale = scale
        self.bias = bias
        self.ending = ending
    }

    public init(
        scale: [Float]? = nil, bias: [Float]? = nil, activation: Activation = .identity, clamp: ClampRange = .unbounded
    ) {
        self.init(scale: scale, bias: bias, ending: Ending(activation: activation, clamp: clamp))
    }
}

/// The part of an epilogue that is the same for all columns, except for the slopes of PReLU: clamp(activation(x)) *
/// factor + addend.
public struct Ending: Sendable, Hashable {
    public var activation: Activation
    public var clamp: ClampRange
    public var factor: Float = 1
    public var addend: Float = 0

    public init(activation: Activation = .identity, clamp: ClampRange = .unbounded) {
        self.activation = activation
        self.clamp = clamp
    }

    public static let none = Ending()

    /// Whether nothing follows the clamp.
    public var endsWithClamp: Bool { factor == 1 && addend == 0 }

    /// The number of operations on one element; an activation counts as one.
    public var operationsPerElement: Int {
        (activation == .identity ? 0 : 1) + clamp.operationsPerElement + (factor == 1 ? 0 : 1) + (addend == 0 ? 0 : 1)
    }

    /// The value by the definition, in float64.
    public func reference(_ x: Double, column: Int = 0) -> Double {
        let value = activation.reference(x, column: column)
        let held = value < Double(clamp.lower) ? Double(clamp.lower) : min(value, Double(clamp.upper))
        return (value.isNaN ? value : held) * Double(factor) + Double(addend)
    }
}

/// The range that values are clamped to: 0...inf for ReLU, the bounds of Clip, or -inf...inf for no clamping.
public struct ClampRange: Sendable, Hashable {
    public var lower: Float
    public var upper: Float

    public init(lower: Float, upper: Float) {
        self.lower = lower
        self.upper = upper
    }

    public static let unbounded = ClampRange(lower: -.infinity, upper: .infinity)
    public static let relu = ClampRange(lower: 0, upper: .infinity)

    /// The number of comparisons that clamp one element.
    public var operationsPerElement: Int { (lower == -.infinity ? 0 : 1) + (upper == .infinity ? 0 : 1) }

    /// NaN stays NaN.
    @inlinable
    public func applied(to value: Float) -> Float { value < lower ? lower : value > upper ? upper : value }

    /// The clamp that is equivalent to this one followed by `next`.
    public func followed(by next: ClampRange) -> ClampRange {
        let clampedLower = Swift.min(Swift.max(lower, next.lower), next.upper)
        let clampedUpper = Swift.min(Swift.max(upper, next.lower), next.upper)
        return ClampRange(lower: clampedLower, upper: clampedUpper)
    }
}
