public import DeeperTensors

/// Y = finish(combine(... combine(X0, X1) ..., Xn)) with broadcasting, for operands of any layout.
public final class FoldKernel<Element: TensorElement>: Kernel {
    public var report: KernelReport { KernelReport("fold") }
    public let tileCount: Int
    private let nests: [LoopNest]
    private let combine: @Sendable (Element, Element) -> Element
    private let finish: @Sendable (Element) -> Element

    /// - Parameter nests: for each operand, the loops over it and Y; all nests are in the order of Y's memory.
    public init(
        nests: [LoopNest], combine: @escaping @Sendable (Element, Element) -> Element,
        finish: @escaping @Sendable (Element) -> Element
    ) {
        precondition(!nests.isEmpty)
        self.nests = nests
        self.combine = combine
        self.finish = finish
        // Nests merge axes differently, so rows of one are not rows of another; hence there is a single tile.
        self.tileCount = 1
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let y = operands[nests.count].assumingMemoryBound(to: Element.self)
        for (index, nest) in nests.enumerated() {
            let x = operands[index].assumingMemoryBound(to: Element.self)
            let isLast = index == nests.count - 1
            nest.forEachRow(0..<nest.rowCount) { offset in
                for position in 0..<nest.innerCount {
                    let at = offset &+ nest.innerStrides &* SIMD4(repeating: position)
                    let value = index == 0 ? x[at[0]] : combine(y[at[1]], x[at[0]])
                    y[at[1]] = isLast ? finish(value) : value
                }
            }
        }
    }
}
