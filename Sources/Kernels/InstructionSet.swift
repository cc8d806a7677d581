internal import CKernels

/// The variants of the SIMD loops. Each is bit-reproducible in itself; variants may differ in the last bits.
public enum InstructionSet: String, Sendable, CaseIterable {
    case portable, avx2, avx512

    /// The variants that this build has and this CPU runs, slowest first.
    public static var available: [InstructionSet] { allCases.filter { $0.table != nil } }

    /// The fastest available variant.
    public static var best: InstructionSet { available.last ?? .portable }

    var table: UnsafePointer<ck_table>? {
        switch self {
        case .portable: ck_portable()
        case .avx2: ck_avx2()
        case .avx512: ck_avx512()
        }
    }
}

/// The functions of one instruction set. The table is constant data of the program.
struct VectorLoops: @unchecked Sendable {
    let table: ck_table

    init(_ set: InstructionSet) {
        // Options are checked where they are made; a kernel is never asked for a set that the CPU lacks.
        self.table = (set.table ?? ck_portable()).pointee
    }
}
