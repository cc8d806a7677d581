public import DeeperKernels
public import DeeperTensors

/// An operator whose kernel can hold its result in a range: it takes over the Relu or Clip that follows.
public protocol ClampingOperator: Operator {
    /// Set by a pass.
    var clamp: ClampRange { get set }
    /// Whether the result is float32, whatever the operands are.
    static var isAlwaysFloat32: Bool { get }
}

extension ClampingOperator {
    public static var isAlwaysFloat32: Bool { true }
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

extension ClampRange {
    /// How dumps show it behind an operator.
    var summary: String { self == .unbounded ? "" : self == .relu ? "+ Relu" : "+ clamp" }
}
