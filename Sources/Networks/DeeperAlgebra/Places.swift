package import DeeperTensors

extension SeededGenerator {
    /// Different numbers below `count`, `limit` at most: all in order if there are no more.
    package mutating func places(below count: Int, limit: Int) -> [Int] {
        var all = Array(0..<count)
        guard count > limit else { return all }
        for index in 0..<limit { all.swapAt(index, index + Int(next() % UInt64(count - index))) }
        return Array(all.prefix(limit))
    }
}
