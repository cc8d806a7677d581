/// The positions of the largest numbers, in descending order. Equal numbers are in order of position, and NaN is after
/// all numbers.
///
/// For k of n numbers, it takes time proportional to n log k, and memory for k positions.
package func topPositions<Number: BinaryFloatingPoint>(_ numbers: UnsafeBufferPointer<Number>, _ count: Int) -> [Int] {
    func precedes(_ a: Int, _ b: Int) -> Bool {
        let (x, y) = (numbers[a], numbers[b])
        if x.isNaN || y.isNaN { return x.isNaN == y.isNaN ? a < b : y.isNaN }
        return x == y ? a < b : x > y
    }
    let count = min(max(0, count), numbers.count)
    guard count > 0 else { return [] }
    // A heap with the smallest of the largest numbers at its root.
    var best = Array(0..<count)
    func sift(_ start: Int) {
        var root = start
        while 2 * root + 1 < count {
            var child = 2 * root + 1
            if child + 1 < count, precedes(best[child], best[child + 1]) { child += 1 }
            guard precedes(best[root], best[child]) else { return }
            best.swapAt(root, child)
            root = child
        }
    }
    for start in stride(from: count / 2 - 1, through: 0, by: -1) { sift(start) }
    for position in count..<numbers.count where precedes(position, best[0]) {
        best[0] = position
        sift(0)
    }
    return best.sorted(by: precedes)
}
