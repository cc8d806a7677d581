/// An implementation of matrix products for everything that is not packed. All such products go through this protocol.
///
/// C[m x n] = A[m x k] B[k x n], all row-major float32. Equal arguments give equal bits, whatever other threads do.
public protocol GemmProvider: AnyObject, Sendable {
    /// The provider's name in plans and options: "openblas" or "reference".
    var name: String { get }

    /// Writes the product to C, or adds it to C. Pitches are the distances in elements from one row in memory to the
    /// next. C must not overlap A or B.
    ///
    /// - Parameters:
    ///   - aTransposed: A is stored as k rows of m.
    ///   - bTransposed: B is stored as n rows of k.
    ///   - adds: the product is added to the contents of C.
    func multiply(
        m: Int, n: Int, k: Int,
        a: UnsafePointer<Float>, aPitch: Int, aTransposed: Bool,
        b: UnsafePointer<Float>, bPitch: Int, bTransposed: Bool,
        c: UnsafeMutablePointer<Float>, cPitch: Int, adds: Bool)
}

extension GemmProvider {
    /// Writes the product of A and B, which are not transposed, to C.
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

/// The choice, by name, of how matrices are multiplied.
public enum GemmChoice: String, Sendable, CaseIterable {
    /// As ``packed`` or, on the portable instruction set, whose packed kernels are slower than OpenBLAS, as
    /// ``openblas``.
    case auto
    /// deeper's own kernels for packed matrices: weights are packed once, and of two computed matrices, the right one
    /// is packed in every run. Products without a packed kernel, such as those of attention, use OpenBLAS.
    case packed
    /// OpenBLAS for every product.
    case openblas
    /// A loop after the definition: slow, for comparison with the others.
    case reference

    /// The provider for products that are not packed.
    public func provider() -> any GemmProvider {
        switch self {
        case .auto, .packed, .openblas: OpenBLASGemm()
        case .reference: ReferenceGemm()
        }
    }

    /// Whether convolutions and matrix products use packed matrices on an instruction set.
    public func packsFilters(on instructionSet: InstructionSet) -> Bool {
        switch self {
        case .auto: instructionSet != .portable
        case .packed: true
        case .openblas, .reference: false
        }
    }
}
