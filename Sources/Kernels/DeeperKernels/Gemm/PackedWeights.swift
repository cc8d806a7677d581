public import DeeperTensors
internal import Synchronization

/// A collection of packed weights by name, which plans for several input shapes share. It may begin with the weights of
/// a compiled file.
public final class PackedWeights: Sendable {
    /// The version of the packed form, which a file of packed weights must match. It is increased whenever a kernel's
    /// packing changes.
    public static let layoutVersion = 2

    private struct Reference: Sendable {
        weak var storage: AlignedStorage?
    }

    // These weights are freed with the last plan that reads them, unlike those of a file.
    private let shared = Mutex<[String: Reference]>([:])
    private let compiled: [String: AlignedStorage]
    private let verify: @Sendable (String) throws -> Void
    private let verified = Mutex<Set<String>>([])

    /// - Parameters:
    ///   - compiled: the weights of a compiled file.
    ///   - verify: throws if the weights of a name are damaged; called once, before they are used.
    public init(
        compiled: [String: AlignedStorage] = [:], verify: @escaping @Sendable (String) throws -> Void = { _ in }
    ) {
        self.compiled = compiled
        self.verify = verify
    }

    /// The weights of a name, and a check that must be made before they are used.
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
