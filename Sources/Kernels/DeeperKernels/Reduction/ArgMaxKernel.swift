internal import DeeperTensors

/// The position of the largest or smallest element along an axis, int64; in row-major or any other dense order.
public final class ArgMaxKernel<Element: NumericElement & Comparable>: Kernel {
    public var report: KernelReport { KernelReport(selectsSmallest ? "argmin" : "argmax") }
    public let tileCount: Int
    private let outer: Int, length: Int, inner: Int
    private let selectsSmallest: Bool
    private let selectsLast: Bool

    /// - Parameter selectsLast: whether the last of several equal elements is taken; otherwise the first is.
    public init(outer: Int, length: Int, inner: Int, selectsSmallest: Bool = false, selectsLast: Bool) {
        self.outer = outer
        self.length = length
        self.inner = inner
        self.selectsSmallest = selectsSmallest
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
                let isBetter = selectsSmallest ? value < record : value > record
                if isBetter || (selectsLast && value == record) { best = index }
            }
            y[line] = Int64(best)
        }
    }
}
