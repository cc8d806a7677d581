internal import DeeperTensors

/// The k largest (or smallest) elements along an axis and their positions, best first; equal elements keep their
/// order. Dense operands: X, values, indices (int64).
public final class TopKKernel<Element: NumericElement & Comparable>: Kernel {
    public var report: KernelReport { KernelReport("top k") }
    public let tileCount: Int
    public let scratchByteCount: Int
    private let outer: Int, length: Int, inner: Int, k: Int
    private let isLargest: Bool

    public init(outer: Int, length: Int, inner: Int, k: Int, isLargest: Bool) {
        self.outer = outer
        self.length = length
        self.inner = inner
        self.k = k
        self.isLargest = isLargest
        self.tileCount = streamingTileCount(elements: outer * length * inner, rows: outer * inner)
        self.scratchByteCount = length * MemoryLayout<Int>.stride
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let order = scratch.base.assumingMemoryBound(to: Int.self)
        for line in partition(outer * inner, part: tile, of: tileCount) {
            let x =
                operands[0].assumingMemoryBound(to: Element.self) + line / inner * length * inner + line % inner
            let first = line / inner * k * inner + line % inner
            let values = operands[1].assumingMemoryBound(to: Element.self) + first
            let indices = operands[2].assumingMemoryBound(to: Int64.self) + first
            for index in 0..<length { order[index] = index }
            heapSort(order, length) { [isLargest, inner] a, b in
                let (left, right) = (x[a * inner], x[b * inner])
                if left == right { return a < b }
                return isLargest ? left > right : left < right
            }
            for place in 0..<k {
                values[place * inner] = x[order[place] * inner]
                indices[place * inner] = Int64(order[place])
            }
        }
    }

    /// Sorts in place without allocating memory, unlike the standard library's sort.
    private func heapSort(_ items: UnsafeMutablePointer<Int>, _ count: Int, _ precedes: (Int, Int) -> Bool) {
        func sift(_ start: Int, _ end: Int) {
            var root = start
            while 2 * root + 1 < end {
                var child = 2 * root + 1
                if child + 1 < end, precedes(items[child], items[child + 1]) { child += 1 }
                guard precedes(items[root], items[child]) else { return }
                swap(&items[root], &items[child])
                root = child
            }
        }
        var start = count / 2
        while start > 0 {
            start -= 1
            sift(start, count)
        }
        var end = count
        while end > 1 {
            end -= 1
            swap(&items[0], &items[end])
            sift(0, end)
        }
    }
}
