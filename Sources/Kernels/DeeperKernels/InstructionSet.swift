internal import CDeeperKernels

/// A named level of CPU features that the SIMD loops were compiled for: "portable", "avx2", "avx512" on x86-64, "portable",
/// "neon" on arm64. Each is bit-reproducible in itself; levels may differ in the last bits.
public struct InstructionSet: RawRepresentable, Sendable, Hashable, CaseIterable {
    /// The level's name.
    public let rawValue: String
    /// What a CPU must have to run it.
    public let features: CPUFeatures
    private let index: Int

    /// The level with a name; nil if this build has none of that name.
    public init?(rawValue: String) {
        guard let set = InstructionSet.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = set
    }

    private init?(index: Int) {
        guard let set = ck_set_at(index) else { return nil }
        rawValue = String(cString: set.pointee.name)
        features = CPUFeatures(rawValue: set.pointee.features)
        self.index = index
    }

    /// The levels that this build has, slowest first.
    public static var allCases: [InstructionSet] {
        sequence(state: 0) { (index: inout Int) in
            defer { index += 1 }
            return InstructionSet(index: index)
        }.map { $0 }
    }

    /// The levels that this CPU runs, slowest first.
    public static var available: [InstructionSet] {
        let host = CPUFeatures.host
        return allCases.filter { host.isSuperset(of: $0.features) }
    }

    /// The level without any feature, which every CPU runs.
    public static var portable: InstructionSet {
        // Non-nil: the list begins with it.
        InstructionSet(index: 0)!
    }

    /// The fastest level that this CPU runs.
    public static var best: InstructionSet { available.last ?? .portable }

    /// Constant data of the program. Options are checked where they are made, so that a kernel is never asked for a level
    /// that the CPU lacks.
    var table: ck_table { ck_set_at(index).pointee.table.pointee }
}

/// The functions of one instruction set.
struct VectorLoops: @unchecked Sendable {
    let table: ck_table

    init(_ set: InstructionSet) { table = set.table }
}
