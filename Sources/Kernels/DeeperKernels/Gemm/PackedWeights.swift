public import DeeperTensors
internal import Synchronization

/// Packed weights by the names of what they were packed for: plans for several input shapes share them, and a compiled
/// file brings them along.
public final class PackedWeights: Sendable {
    /// What a file of packed weights must agree on. Grows whenever a kernel's packing changes.
    public static let layoutVersion = 2

    private struct Reference: Sendable {
        weak var storage: AlignedStorage?
    }

    // Freed with the last plan that reads them, unless they came with a file.
    private let shared = Mutex<[String: Reference]>([:])
    private let compiled: [String: AlignedStorage]
    private let verify: @Sendable (String) throws -> Void
    private let verified = Mutex<Set<String>>([])

    /// - Parameters:
    ///   - compiled: weights of a compiled file.
    ///   - verify: whether those of a name are whole; called before they are used, once.
    public init(
        compiled: [String: AlignedStorage] = [:], verify: @escaping @Sendable (String) throws -> Void = { _ in }
    ) {
        self.compiled = compiled
        self.verify = verify
    }

    /// The weights of a name, and what is to be done before they are used.
    func storage(named name: String) -> (storage: AlignedStorage, check: (@Sendable () throws -> Void)?)? {
        guard let storage = compiled[name] else { return shared.withLock { $0[name]?.storage }.map { ($0, nil) } }
        if verified.withLock({ $0.contains(name) }) { return (storage, nil) }
        return (
            storage,
            { [self] in
                try verify(name)
                _ = verified.withLock { $0.insert(name) }
            }
        )
    }

    func add(_ made: [String: AlignedStorage]) {
        shared.withLock { shared in
            for (name, storage) in made { shared[name] = Reference(storage: storage) }
        }
    }
}
