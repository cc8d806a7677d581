#if Server
/// A queue for the answers of a stream: they may be computed in any order, a few at a time, and are taken in the order
/// of their requests.
actor OrderedAnswers<Answer: Sendable> {
    private let depth: Int
    private var finished: [Int: Answer] = [:]
    private var admitted = 0
    private var taken = 0
    private var isEnded = false
    private var isClosed = false
    private var reader: CheckedContinuation<Void, Never>?
    private var writer: CheckedContinuation<Void, Never>?

    /// - Parameter depth: the number of requests that may be in progress at the same time.
    init(depth: Int) { self.depth = depth }

    /// Waits until one more request may begin.
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

    /// Records that no more requests will come.
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

    /// Records that nobody takes answers any more.
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
