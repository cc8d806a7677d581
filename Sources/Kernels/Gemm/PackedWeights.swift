internal import Synchronization
public import Tensors

/// Packed weights by the names of what they were packed for: plans for several input shapes share them, and a compiled
/// file brings them along.
public final class PackedWeights: Sendable {
    /// What a file of packed weights must agree on. Grows whenever a kernel's packing changes.
    public static let layoutVersion = 1

    private struct Reference: Sendable {
        weak var storage: AlignedStorage?
    }

    // Freed with the last plan that reads them, unless they came with a file.
    private let shared = Mutex<[String: Reference]>([:])
    private let compiled: [String: AlignedStorage]

    /// - Parameter compiled: weights of a compiled file.
    public init(compiled: [String: AlignedStorage] = [:]) { self.compiled = compiled }

    func storage(named name: String) -> AlignedStorage? {
        compiled[name] ?? shared.withLock { $0[name]?.storage }
    }

    func add(_ made: [String: AlignedStorage]) {
        shared.withLock { shared in
            for (name, storage) in made { shared[name] = Reference(storage: storage) }
        }
    }
}
