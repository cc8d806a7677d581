internal import Glibc

/// ONNX Gelu: x Phi(x) with the normal distribution's Phi, exactly or by tanh, elementwise.
struct Gelu: FloatMap {
    static let name = "Gelu"
    static let firstOpset = 20
    private let isApproximate: Bool

    private enum Approximation: String, CaseIterable { case none, tanh }

    init(_ attributes: inout AttributeReader) throws {
        isApproximate = try attributes.choice("approximate", default: Approximation.none) == .tanh
    }

    func apply(_ x: Float) -> Float {
        guard isApproximate else { return 0.5 * x * (1 + erf(x * Float(0.5).squareRoot())) }
        return 0.5 * x * (1 + tanh(Float(2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    }
}
