internal import DeeperTensors

/// The k largest (or smallest) elements along an axis and their positions, best first; equal elements keep their
/// order. Dense operands: X, values and, if they are wanted, indices (int64).
public final class TopKKernel<Element: NumericElement & Comparable>: Kernel {
    public var report: KernelReport { KernelReport("top k") }
    public let tileCount: Int
    public let scratchByteCount: Int
    private let outer: Int, length: Int, inner: Int, k: Int
    private let isLargest: Bool
    private let givesIndices: Bool

    public init(outer: Int, length: Int, inner: Int, k: Int, isLargest: Bool, givesIndices: Bool = true) {
        self.givesIndices = givesIndices
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
            let indices = givesIndices ? operands[2].assumingMemoryBound(to: Int64.self) + first : nil
            for index in 0..<length { order[index] = index }
            Heap.sort(order, length) { [isLargest, inner] a, b in
                let (left, right) = (x[a * inner], x[b * inner])
                if left == right { return a < b }
                return isLargest ? left > right : left < right
            }
            for place in 0..<k {
                values[place * inner] = x[order[place] * inner]
                indices?[place * inner] = Int64(order[place])
            }
        }
    }
}
