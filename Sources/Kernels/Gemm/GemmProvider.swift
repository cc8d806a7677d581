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

/// Who multiplies matrices, as it can be asked for by name.
public enum GemmChoice: String, Sendable, CaseIterable {
    /// Packed where this CPU has a packed kernel faster than OpenBLAS, and OpenBLAS for the rest.
    case auto
    /// deeper's own kernels over filters packed once; OpenBLAS for products of two computed matrices.
    case packed
    case openblas
    case reference

    /// The provider of products that are not packed.
    public func provider() -> any GemmProvider {
        switch self {
        case .auto, .packed, .openblas: OpenBLASGemm()
        case .reference: ReferenceGemm()
        }
    }

    /// Whether convolutions pack their filters.
    public func packsFilters(on instructionSet: InstructionSet) -> Bool {
        switch self {
        case .auto: instructionSet != .portable
        case .packed: true
        case .openblas, .reference: false
        }
    }
}
