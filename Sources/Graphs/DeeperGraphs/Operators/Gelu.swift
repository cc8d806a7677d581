public import DeeperKernels

/// ONNX Gelu: x Phi(x), where Phi is the distribution function of the normal distribution, exact or approximated with
/// tanh; elementwise.
public struct Gelu: ActivationOperator {
    public static let name = "Gelu"
    public static let firstOpset = 20
    private let isApproximate: Bool

    private enum Approximation: String, CaseIterable { case none, tanh }

    public init(isApproximate: Bool) { self.isApproximate = isApproximate }

    public init(_ attributes: inout AttributeReader) throws {
        isApproximate = try attributes.choice("approximate", default: Approximation.none) == .tanh
    }

    public var activation: Activation { isApproximate ? .tanhGelu : .gelu }
}
