internal import DeeperTensors

/// The position of the largest element along an axis, int64; row-major or any dense order.
public final class ArgMaxKernel<Element: NumericElement & Comparable>: Kernel {
    public var report: KernelReport { KernelReport("argmax") }
    public let tileCount: Int
    private let outer: Int, length: Int, inner: Int
    private let selectsLast: Bool

    public init(outer: Int, length: Int, inner: Int, selectsLast: Bool) {
        self.outer = outer
        self.length = length
        self.inner = inner
        self.selectsLast = selectsLast
        self.tileCount = streamingTileCount(elements: outer * length * inner, rows: outer * inner)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let y = operands[1].assumingMemoryBound(to: Int64.self)
        for line in partition(outer * inner, part: tile, of: tileCount) {
            let x =
                operands[0].assumingMemoryBound(to: Element.self) + line / inner * length * inner + line % inner
            var best = 0
            for index in 0..<length {
                let (value, record) = (x[index * inner], x[best * inner])
                if value > record || (selectsLast && value == record) { best = index }
            }
            y[line] = Int64(best)
        }
    }
}
