#if Server
internal import Deeper

/// How the memory of a server is divided, in bytes.
struct MemoryShares {
    let total: Int
    /// The part for requests and their answers.
    let pending: Int
    /// The part for computation and the weights of the models.
    var computing: Int { total - pending }

    /// The least memory for computation, however large the weights are.
    static let leastWorking = 16 << 20
    private static let mostPending = 1 << 30
}

extension MemoryShares {
    init(_ configuration: ServingConfiguration) {
        total = configuration.memoryBytes ?? EnginePool.availableMemoryBytes / 4 * 3
        pending =
            configuration.maxPendingBytes
            ?? max(configuration.maxBodyBytes, min(MemoryShares.mostPending, total / 3))
    }
}

extension ServingConfiguration {
    var memory: MemoryShares { MemoryShares(self) }
}
#endif
