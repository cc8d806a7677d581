#if Server
internal import DeeperTensors

/// The memory that the models' weights and the engine pool share, in bytes.
public struct ModelMemory: Sendable {
    public var total: Int
    /// The pool's working memory; nil for what the weights leave.
    public var working: Int?
    public var leastWorking: Int

    public init(total: Int, working: Int? = nil, leastWorking: Int = 0) {
        self.total = total
        self.working = working
        self.leastWorking = leastWorking
    }

    func check(weights: Int) throws {
        let computing = working ?? leastWorking
        guard weights <= total - computing else {
            throw DeeperError(
                .limitExceeded,
                "with this model all weights take about \(weights) bytes, and computing needs \(computing): more "
                    + "than the \(total) bytes for both")
        }
    }
}
#endif
