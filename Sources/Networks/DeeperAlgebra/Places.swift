package import DeeperTensors

extension SeededGenerator {
    /// At most `limit` different numbers below `count`: all of them in order if `count` is at most `limit`, otherwise
    /// random ones.
    package mutating func places(below count: Int, limit: Int) -> [Int] {
        var all = Array(0..<count)
        guard count > limit else { return all }
        for index in 0..<limit { all.swapAt(index, index + Int(next() % UInt64(count - index))) }
        return Array(all.prefix(limit))
    }
}
