/// The one seam through which matrices are multiplied.
///
/// C[m x n] = A[m x k] B[k x n], all row-major float32. Equal arguments give equal bits, whatever other threads do.
public protocol GemmProvider: AnyObject, Sendable {
    /// The provider's name in plans and options: "openblas", "reference".
    var name: String { get }

    /// Writes C. Pitches are elements from one row to the next. C overlaps neither A nor B.
    func multiply(
        m: Int, n: Int, k: Int,
        a: UnsafePointer<Float>, aPitch: Int,
        b: UnsafePointer<Float>, bPitch: Int,
        c: UnsafeMutablePointer<Float>, cPitch: Int)
}

/// The providers that can be asked for by name.
public enum GemmChoice: String, Sendable, CaseIterable {
    /// The fastest on this machine: today always OpenBLAS.
    case auto
    case openblas
    case reference

    /// Makes the provider.
    public func provider() -> any GemmProvider {
        switch self {
        case .auto, .openblas: OpenBLASGemm()
        case .reference: ReferenceGemm()
        }
    }
}
