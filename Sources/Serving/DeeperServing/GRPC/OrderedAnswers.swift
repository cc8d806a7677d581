#if Server
/// Answers of a stream on their way: computed in any order, taken in that of their requests, a few at a time.
actor OrderedAnswers<Answer: Sendable> {
    private let depth: Int
    private var finished: [Int: Answer] = [:]
    private var admitted = 0
    private var taken = 0
    private var isEnded = false
    private var isClosed = false
    private var reader: CheckedContinuation<Void, Never>?
    private var writer: CheckedContinuation<Void, Never>?

    /// - Parameter depth: requests that are on their way at once.
    init(depth: Int) { self.depth = depth }

    /// Waits until one more request may be on its way.
    ///
    /// - Returns: its position; nil if nobody takes answers any more.
    func admit() async -> Int? {
        while admitted - taken >= depth, !isClosed { await withCheckedContinuation { reader = $0 } }
        guard !isClosed else { return nil }
        admitted += 1
        return admitted - 1
    }

    func put(_ answer: Answer, at index: Int) {
        finished[index] = answer
        wake(&writer)
    }

    /// No more requests come.
    func end() {
        isEnded = true
        wake(&writer)
    }

    /// The next answer in order; nil after the last one.
    func next() async -> Answer? {
        while true {
            if let answer = finished.removeValue(forKey: taken) {
                taken += 1
                wake(&reader)
                return answer
            }
            if isEnded, taken == admitted { return nil }
            await withCheckedContinuation { writer = $0 }
        }
    }

    /// Nobody takes answers any more.
    func close() {
        isClosed = true
        wake(&reader)
    }

    private func wake(_ continuation: inout CheckedContinuation<Void, Never>?) {
        continuation?.resume()
        continuation = nil
    }
}
#endif
