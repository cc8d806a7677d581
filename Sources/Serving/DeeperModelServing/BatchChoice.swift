#if Server
/// Chooses the waiting requests that are run together.
enum BatchChoice {
    /// The longest run of calls from the front of a queue that join the first and fit into a batch, shortened to a
    /// number of rows that is a power of two if possible: every number of rows needs a plan and memory of its own, so
    /// only few different numbers should occur.
    ///
    /// - Parameter queue: not empty.
    static func front(of queue: [InferenceCall]) -> [InferenceCall] {
        let first = queue[0]
        var rows = 0
        var count = 0
        var best = 1
        for call in queue {
            guard count == 0 || call.joins(first), rows + call.rows <= max(first.model.preferredBatch, first.rows)
            else {
                break
            }
            rows += call.rows
            count += 1
            if rows & (rows - 1) == 0 || rows == first.model.preferredBatch { best = count }
        }
        return Array(queue[..<best])
    }
}
#endif
