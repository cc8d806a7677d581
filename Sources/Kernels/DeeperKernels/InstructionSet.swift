internal import CDeeperKernels

/// A named level of CPU features that the SIMD loops are compiled for: "portable", "avx2" and "avx512" on x86-64,
/// "portable" and "neon" on arm64. The results of each are bit-reproducible; different levels may differ in the last
/// bits.
public struct InstructionSet: RawRepresentable, Sendable, Hashable, CaseIterable {
    /// The level's name.
    public let rawValue: String
    /// The features that a CPU needs to run it.
    public let features: CPUFeatures
    private let index: Int

    /// The level with the given name; nil if this build has none.
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

    /// The levels of this build, slowest first.
    public static var allCases: [InstructionSet] {
        sequence(state: 0) { (index: inout Int) in
            defer { index += 1 }
            return InstructionSet(index: index)
        }.map { $0 }
    }

    /// The levels that this CPU can run, slowest first.
    public static var available: [InstructionSet] {
        let host = CPUFeatures.host
        return allCases.filter { host.isSuperset(of: $0.features) }
    }

    /// The level that needs no features, which every CPU can run.
    public static var portable: InstructionSet {
        // Non-nil: the list begins with it.
        InstructionSet(index: 0)!
    }

    /// The fastest level that this CPU can run.
    public static var best: InstructionSet { available.last ?? .portable }

    /// The functions of the level, constant data of the program. ``KernelOptions`` checks the level, so that a kernel
    /// never uses one that the CPU does not support.
    var table: ck_table { ck_set_at(index).pointee.table.pointee }
}

/// The functions of one instruction set.
struct VectorLoops: @unchecked Sendable {
    let table: ck_table

    init(_ set: InstructionSet) { table = set.table }
}
