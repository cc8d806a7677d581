public import DeeperKernels
public import DeeperTensors

/// An operator whose kernel can apply an activation to its result and hold it in a range: it takes over those that follow.
public protocol ActivatingOperator: Operator {
    /// Set by a pass.
    var ending: Ending { get set }
    /// Whether the result is float32, whatever the operands are.
    static var isAlwaysFloat32: Bool { get }
}

extension ActivatingOperator {
    public static var isAlwaysFloat32: Bool { true }

    public var clamp: ClampRange { ending.clamp }
}

extension Node {
    /// What the node holds its first operand in, if that is all it does.
    ///
    /// - Parameter constant: the known value of an operand.
    /// - Returns: nil for another operator, and where a bound is computed.
    /// - Throws: `invalidModel` for a bound that is no scalar.
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
    /// How dumps show it after an operator.
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
