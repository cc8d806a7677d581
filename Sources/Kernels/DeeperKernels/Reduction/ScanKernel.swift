public import DeeperTensors

/// Y[o, j, i] = the sum or product of X[o, 0, i] to X[o, j, i]; row-major (ONNX CumSum, CumProd).
///
/// If reversed, it runs from the end of the axis; if exclusive, X[o, j, i] itself is left out. Floating-point types are
/// computed in float64, integers wrap. Operands: X, Y.
public final class ScanKernel: Kernel {
    /// The operation along the axis.
    public enum Operation: Sendable { case sum, product }

    public var report: KernelReport { KernelReport("scan") }
    public let tileCount: Int
    private let operation: Operation
    private let elementType: ElementType
    private let outer: Int, length: Int, inner: Int
    private let isExclusive: Bool, isReversed: Bool

    /// - Parameter outer, length, inner: the number of elements before, along and after the axis.
    /// - Precondition: `elementType` is numeric and, if it is a floating-point type, has more than 16 bits.
    public init(
        _ operation: Operation, elementType: ElementType, outer: Int, length: Int, inner: Int, isExclusive: Bool,
        isReversed: Bool
    ) {
        precondition(!elementType.isHalf && elementType != .bool)
        self.operation = operation
        self.elementType = elementType
        self.outer = outer
        self.length = length
        self.inner = inner
        self.isExclusive = isExclusive
        self.isReversed = isReversed
        self.tileCount = streamingTileCount(elements: outer * length * inner, rows: outer * inner)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let lines = partition(outer * inner, part: tile, of: tileCount)
        switch elementType {
        case .float64: scan(lines, operands, Double.self, in: Double.self)
        case .int8: scan(lines, operands, Int8.self, in: Int64.self)
        case .uint8, .bool: scan(lines, operands, UInt8.self, in: Int64.self)
        case .int16: scan(lines, operands, Int16.self, in: Int64.self)
        case .uint16: scan(lines, operands, UInt16.self, in: Int64.self)
        case .int32: scan(lines, operands, Int32.self, in: Int64.self)
        case .uint32: scan(lines, operands, UInt32.self, in: Int64.self)
        case .int64: scan(lines, operands, Int64.self, in: Int64.self)
        case .uint64: scan(lines, operands, UInt64.self, in: Int64.self)
        case .float32, .float16, .bfloat16: scan(lines, operands, Float.self, in: Double.self)
        }
    }

    private func scan<Element: NumericElement, Sum: Accumulator>(
        _ lines: Range<Int>, _ operands: Operands, _: Element.Type, in: Sum.Type
    ) {
        for line in lines {
            let first = line / inner * length * inner + line % inner
            let x = operands[0].assumingMemoryBound(to: Element.self) + first
            let y = operands[1].assumingMemoryBound(to: Element.self) + first
            var total = operation == .sum ? Sum.nothing : Sum.unit
            for step in 0..<length {
                let at = (isReversed ? length - 1 - step : step) * inner
                let value = Sum(of: x[at])
                let next = operation == .sum ? total.adding(value) : total.multiplied(with: value)
                y[at] = (isExclusive ? total : next).element(Element.self)
                total = next
            }
        }
    }
}
