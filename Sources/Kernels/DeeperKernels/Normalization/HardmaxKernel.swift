internal import DeeperTensors

/// Y = 1 at the first of the largest elements along one axis of a dense value, 0 elsewhere.
public final class HardmaxKernel<Element: NumericElement & Comparable>: Kernel {
    public var report: KernelReport { KernelReport("hardmax") }
    public let tileCount: Int
    private let outer: Int, length: Int, inner: Int

    /// - Parameters:
    ///   - outer, length, inner: elements before, along and after the axis, in physical order.
    public init(outer: Int, length: Int, inner: Int) {
        self.outer = outer
        self.length = length
        self.inner = inner
        self.tileCount = streamingTileCount(elements: outer * length * inner, rows: outer * inner)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard length > 0 else { return }
        for line in partition(outer * inner, part: tile, of: tileCount) {
            let first = line / inner * length * inner + line % inner
            let x = operands.typed(0, as: Element.self) + first
            let y = operands.typed(1, as: Element.self) + first
            var best = 0
            for index in 0..<length {
                y[index * inner] = Element(wrapping: 0)
                if x[index * inner] > x[best * inner] { best = index }
            }
            y[best * inner] = Element(wrapping: 1)
        }
    }
}
