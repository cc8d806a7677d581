public import DeeperKernels
public import DeeperTensors

/// An operator whose kernel can apply an activation to its result and clamp it. Passes fuse activations and clamps that
/// follow into it.
public protocol ActivatingOperator: Operator {
    /// The activation and clamp to apply; set by a pass.
    var ending: Ending { get set }
    /// Whether the result is float32 for any type of operands.
    static var isAlwaysFloat32: Bool { get }
}

extension ActivatingOperator {
    public static var isAlwaysFloat32: Bool { true }

    public var clamp: ClampRange { ending.clamp }
}

extension Node {
    /// The range that the node clamps its first operand to, if it is a Relu or a Clip.
    ///
    /// - Parameter constant: the known value of an operand.
    /// - Returns: nil for another operator, or if a bound is computed.
    /// - Throws: `invalidModel` for a bound that is not a scalar.
    public func clampRange(constant: (_ input: Int) -> Tensor?) throws -> ClampRange? {
        if operation is Relu { return .relu }
        guard let clip = operation as? Clip else { return nil }
        for input in 1..<max(1, inputs.count) where inputs[input] != nil {
            guard constant(input) != nil else { return nil }
        }
        return try clip.range(minimum: constant(1), maximum: constant(2))
    }
}

extension Ending {
    /// The text that dumps show after the operator.
    var summary: String {
        let range =
            (clamp == .unbounded ? "" : clamp == .relu ? "+ Relu" : "+ clamp") + (endsWithClamp ? "" : "+ affine")
        switch activation {
        case .identity: return range
        case .prelu: return "+ prelu" + range
        default: return "+ \(activation)" + range
        }
    }
}
