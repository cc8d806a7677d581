internal import DeeperTensors

/// The function that combines elements in a reduction.
public enum Reduction: Sendable {
    case sum, mean, maximum, minimum, product
    /// Sums of absolute values and of squares, and the square root of the latter.
    case absoluteSum, squareSum, norm
    /// Logarithms of the sum and of the sum of exponentials.
    case logSum, logSumExp
}

/// Y = a ``Reduction`` of X over some axes, for operands of any layout. Floating-point sums are computed in float64, in
/// memory order. The empty sum is 0, the empty maximum is the type's lowest value, the empty minimum its highest.
public final class ReduceKernel<Element: NumericElement & Comparable>: Kernel {
    public var report: KernelReport { KernelReport("reduce") }
    public let tileCount: Int
    private let kept: LoopNest
    private let reduced: LoopNest
    private let reduction: Reduction

    /// - Parameters:
    ///   - kept: the axes of the result; strides of X and Y.
    ///   - reduced: the axes that are reduced; strides of X.
    public init(_ reduction: Reduction, kept: LoopNest, reduced: LoopNest) {
        self.reduction = reduction
        self.kept = kept
        self.reduced = reduced
        self.tileCount = streamingTileCount(elements: kept.elementCount * reduced.elementCount, rows: kept.rowCount)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let x = operands[0].assumingMemoryBound(to: Element.self)
        let y = operands[1].assumingMemoryBound(to: Element.self)
        kept.forEachRow(partition(kept.rowCount, part: tile, of: tileCount)) { offset in
            for index in 0..<kept.innerCount {
                let at = offset &+ kept.innerStrides &* SIMD4(repeating: index)
                y[at[1]] = reduce(x + at[0])
            }
        }
    }

    private func reduce(_ x: UnsafePointer<Element>) -> Element {
        let step = reduced.innerStrides[0]
        switch reduction {
        case .maximum:
            var best: Element?
            reduced.forEachRow(0..<reduced.rowCount) { offset in
                for index in 0..<reduced.innerCount {
                    let value = x[offset[0] + index * step]
                    if best.map({ value > $0 || value != value }) ?? true { best = value }
                }
            }
            return best ?? Self.lowest
        case .sum, .mean:
            if Element.elementType.isFloatingPoint {
                var sum = 0.0
                reduced.forEachRow(0..<reduced.rowCount) { offset in
                    for index in 0..<reduced.innerCount { sum += x[offset[0] + index * step].double }
                }
                return Element(saturating: reduction == .mean ? sum / Double(reduced.elementCount) : sum)
            }
            var sum: Int64 = 0
            reduced.forEachRow(0..<reduced.rowCount) { offset in
                for index in 0..<reduced.innerCount { sum &+= x[offset[0] + index * step].integer }
            }
            return Element(wrapping: reduction == .mean ? Self.mean(sum, count: reduced.elementCount) : sum)
        case .minimum: return Element.minimum(of: x, over: reduced)
        case .product: return Element.product(of: x, over: reduced)
        case .absoluteSum: return Element.absoluteSum(of: x, over: reduced)
        case .squareSum: return Element.squareSum(of: x, over: reduced)
        case .norm: return Element.norm(of: x, over: reduced)
        case .logSum: return Element.logSum(of: x, over: reduced)
        case .logSumExp: return Element.logSumExp(of: x, over: reduced)
        }
    }

    /// The quotient, rounded towards zero; 0 for no elements.
    private static func mean(_ sum: Int64, count: Int) -> Int64 {
        guard count > 0 else { return 0 }
        return Element.elementType == .uint64
            ? Int64(bitPattern: UInt64(bitPattern: sum) / UInt64(count)) : sum / Int64(count)
    }

    private static var lowest: Element {
        Element.elementType.isFloatingPoint ? Element(saturating: -.infinity) : Element(saturating: -1e300)
    }
}
