/// A loop nest over up to four operands of the same extents, each with its own strides. Adjacent axes that can be
/// traversed as one are merged, so that the innermost loop is as long as possible.
///
/// Rows are the iterations of all loops except the innermost. Iterating does not allocate memory.
public struct LoopNest: Sendable {
    /// The largest number of axes left after merging.
    public static let maximumRank = 8

    @usableFromInline let extents: SIMD8<Int>
    @usableFromInline let strides: [SIMD4<Int>]
    @usableFromInline let outerRank: Int
    /// The number of iterations of the innermost loop.
    public let innerCount: Int
    /// The steps of the innermost loop, in elements of each operand.
    public let innerStrides: SIMD4<Int>
    /// The number of iterations of all other loops together.
    public let rowCount: Int
    /// The number of all iterations.
    public var elementCount: Int { rowCount * innerCount }

    /// Makes the nest, or nil if more than ``maximumRank`` axes remain after merging.
    ///
    /// - Parameters:
    ///   - extents: the number of iterations along each axis.
    ///   - strides: for each operand, the stride in elements along each axis; 0 repeats an element.
    ///   - order: the axes, outermost first.
    public init?(extents all: [Int], strides operands: [[Int]], order: [Int]? = nil) {
        precondition(operands.count <= 4 && operands.allSatisfy { $0.count == all.count })
        var merged: [(extent: Int, step: SIMD4<Int>)] = []
        for axis in order ?? Array(all.indices) where all[axis] != 1 {
            var step = SIMD4<Int>()
            for (index, operand) in operands.enumerated() { step[index] = operand[axis] }
            if let last = merged.last, last.step == step &* SIMD4(repeating: all[axis]) {
                merged[merged.count - 1] = (last.extent * all[axis], step)
            } else {
                merged.append((all[axis], step))
            }
        }
        LoopNest.moveLongAxisInside(&merged)
        guard merged.count <= LoopNest.maximumRank + 1 else { return nil }
        let inner = merged.popLast() ?? (1, SIMD4<Int>(repeating: 1))
        var extents = SIMD8<Int>(repeating: 1)
        for (index, axis) in merged.enumerated() { extents[index] = axis.extent }
        self.extents = extents
        self.strides = merged.map(\.step)
        self.outerRank = merged.count
        self.innerCount = inner.extent
        self.innerStrides = inner.step
        self.rowCount = merged.reduce(1) { $0 * $1.extent }
    }

    /// A very short innermost loop, such as three channels of 50,176 pixels, costs more in bookkeeping than a longer
    /// loop with strides.
    private static func moveLongAxisInside(_ axes: inout [(extent: Int, step: SIMD4<Int>)]) {
        guard let last = axes.last, last.extent < 8, axes.count > 1 else { return }
        guard let longest = axes.indices.max(by: { axes[$0].extent < axes[$1].extent }), axes[longest].extent >= 16
        else { return }
        axes.append(axes.remove(at: longest))
    }

    /// Steps of the loop around the innermost one, in elements of each operand.
    var rowStrides: SIMD4<Int> { outerRank == 0 ? SIMD4() : strides[outerRank - 1] }

    /// The number of iterations of that loop.
    var blockLength: Int { outerRank == 0 ? 1 : extents[outerRank - 1] }

    /// Calls `body` for sequences of rows that are ``rowStrides`` apart, with every operand's offset at the start of
    /// the first row, and the number of rows.
    func forEachBlock(_ rows: Range<Int>, _ body: (SIMD4<Int>, Int) -> Void) {
        guard innerCount > 0 else { return }
        let length = blockLength
        var row = rows.lowerBound
        while row < rows.upperBound {
            var offset = SIMD4<Int>()
            var rest = row
            for axis in stride(from: outerRank - 1, through: 0, by: -1) {
                offset &+= strides[axis] &* SIMD4(repeating: rest % extents[axis])
                rest /= extents[axis]
            }
            let count = min(length - row % length, rows.upperBound - row)
            body(offset, count)
            row += count
        }
    }

    /// Calls `body` with every operand's offset at the start of each row in `rows`.
    @inlinable
    @inline(__always)
    public func forEachRow(_ rows: Range<Int>, _ body: (SIMD4<Int>) -> Void) {
        guard !rows.isEmpty, innerCount > 0 else { return }
        strides.withUnsafeBufferPointer { strides in
            var index = SIMD8<Int>()
            var offset = SIMD4<Int>()
            var rest = rows.lowerBound
            var axis = outerRank - 1
            while axis >= 0 {
                index[axis] = rest % extents[axis]
                rest /= extents[axis]
                offset &+= strides[axis] &* SIMD4(repeating: index[axis])
                axis -= 1
            }
            var remaining = rows.count
            while true {
                body(offset)
                remaining -= 1
                if remaining == 0 { return }
                axis = outerRank - 1
                while true {
                    index[axis] += 1
                    offset &+= strides[axis]
                    if index[axis] < extents[axis] { break }
                    offset &-= strides[axis] &* SIMD4(repeating: extents[axis])
                    index[axis] = 0
                    axis -= 1
                }
            }
        }
    }
}
