/// The one seam through which matrices are multiplied.
///
/// C[m x n] = A[m x k] B[k x n], all row-major float32. Equal arguments give equal bits, whatever other threads do.
public protocol GemmProvider: AnyObject, Sendable {
    /// The provider's name in plans and options: "openblas", "reference".
    var name: String { get }

    /// Writes C, or adds to it. Pitches are elements from one row in memory to the next. C overlaps neither A nor B.
    ///
    /// - Parameters:
    ///   - aTransposed: A lies in memory as k rows of m.
    ///   - bTransposed: B lies in memory as n rows of k.
    ///   - adds: the product is added to what C holds.
    func multiply(
        m: Int, n: Int, k: Int,
        a: UnsafePointer<Float>, aPitch: Int, aTransposed: Bool,
        b: UnsafePointer<Float>, bPitch: Int, bTransposed: Bool,
        c: UnsafeMutablePointer<Float>, cPitch: Int, adds: Bool)
}

extension GemmProvider {
    /// Writes C, A and B lying as the formula has them.
    public func multiply(
        m: Int, n: Int, k: Int,
        a: UnsafePointer<Float>, aPitch: Int,
        b: UnsafePointer<Float>, bPitch: Int,
        c: UnsafeMutablePointer<Float>, cPitch: Int
    ) {
        multiply(
            m: m, n: n, k: k, a: a, aPitch: aPitch, aTransposed: false, b: b, bPitch: bPitch, bTransposed: false, c: c,
            cPitch: cPitch, adds: false)
    }
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
