public import DeeperTensors

/// Y[kept axes] = the sum over other axes of the product of all operands, each of which may lack some of the axes
/// (ONNX Einsum); Y is row-major.
///
/// Floating-point types are computed in float64, integers wrap. The terms of every element are summed in the order of
/// the summed axes. Operands: one for each list of strides, then Y.
public final class EinsumKernel: MeteredKernel {
    public var report: KernelReport { KernelReport("nested sums") }
    public let meter: OperationMeter?
    public let tileCount: Int
    public let scratchByteCount: Int
    private let elementType: ElementType
    private let operandCount: Int
    private let kept: Axes, summed: Axes
    private let innerCount: Int, innerSteps: [Int]

    /// Loops, outermost first, and the steps of each operand along them.
    private struct Axes {
        let extents: [Int]
        /// The steps by axis, then by operand.
        let steps: [Int]
        let count: Int

        init(_ extents: some Collection<Int>, _ strides: [[Int]]) {
            self.extents = Array(extents)
            self.steps = self.extents.indices.flatMap { axis in strides.map { $0[axis] } }
            self.count = extents.reduce(1, *)
        }
    }

    /// - Parameters:
    ///   - kept, summed: the extents of Y's axes and of the summed axes.
    ///   - keptStrides, summedStrides: for each operand, the strides in elements along these axes; 0 along an axis that
    ///     it does not have.
    /// - Precondition: `elementType` is numeric and, if it is a floating-point type, has more than 16 bits; the product
    ///   of all extents that are not 0 fits an `Int`.
    public init(
        elementType: ElementType, kept: [Int], summed: [Int], keptStrides: [[Int]], summedStrides: [[Int]],
        options: KernelOptions
    ) {
        precondition(!elementType.isHalf && elementType != .bool && keptStrides.count == summedStrides.count)
        self.elementType = elementType
        self.operandCount = keptStrides.count
        self.kept = Axes(kept, keptStrides)
        self.summed = Axes(summed.dropLast(), summedStrides)
        self.innerCount = summed.last ?? 1
        self.innerSteps = summedStrides.map { $0.last ?? 0 }
        self.meter = options.meter()
        self.scratchByteCount = (operandCount + summed.count) * MemoryLayout<Int>.stride
        self.tileCount = streamingTileCount(
            elements: self.kept.count * self.summed.count * innerCount, rows: self.kept.count)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let places = partition(kept.count, part: tile, of: tileCount)
        if operandCount > 1 {
            meter?.add {
                $0.calls += 1
                $0.macs += places.count * summed.count * innerCount
            }
        }
        switch elementType {
        case .float64: compute(places, operands, scratch, Double.self, in: Double.self)
        case .int8: compute(places, operands, scratch, Int8.self, in: Int64.self)
        case .uint8, .bool: compute(places, operands, scratch, UInt8.self, in: Int64.self)
        case .int16: compute(places, operands, scratch, Int16.self, in: Int64.self)
        case .uint16: compute(places, operands, scratch, UInt16.self, in: Int64.self)
        case .int32: compute(places, operands, scratch, Int32.self, in: Int64.self)
        case .uint32: compute(places, operands, scratch, UInt32.self, in: Int64.self)
        case .int64: compute(places, operands, scratch, Int64.self, in: Int64.self)
        case .uint64: compute(places, operands, scratch, UInt64.self, in: Int64.self)
        case .float32, .float16, .bfloat16: compute(places, operands, scratch, Float.self, in: Double.self)
        }
    }

    private func compute<Element: NumericElement, Sum: Accumulator>(
        _ places: Range<Int>, _ operands: Operands, _ scratch: Scratch, _: Element.Type, in: Sum.Type
    ) {
        let offsets = scratch.base.assumingMemoryBound(to: Int.self)
        let counters = offsets + operandCount
        let y = operands[operandCount].assumingMemoryBound(to: Element.self)
        let rowCount = innerCount == 0 ? 0 : summed.count
        for place in places {
            start(place, offsets)
            counters.update(repeating: 0, count: summed.extents.count)
            var sum = Sum.nothing
            for row in 0..<rowCount {
                if row > 0 { advance(offsets, counters) }
                sum = addRow(sum, operands, offsets, Element.self)
            }
            y[place] = sum.element(Element.self)
        }
    }

    /// Writes the operands' offsets at the start of the sum of an element of Y.
    private func start(_ place: Int, _ offsets: UnsafeMutablePointer<Int>) {
        offsets.update(repeating: 0, count: operandCount)
        var rest = place
        for axis in kept.extents.indices.reversed() {
            let position = rest % kept.extents[axis]
            rest /= kept.extents[axis]
            for operand in 0..<operandCount { offsets[operand] += position * kept.steps[axis * operandCount + operand] }
        }
    }

    /// Advances to the next row of the sum.
    private func advance(_ offsets: UnsafeMutablePointer<Int>, _ counters: UnsafeMutablePointer<Int>) {
        var axis = summed.extents.count - 1
        while true {
            let extent = summed.extents[axis]
            counters[axis] += 1
            let isDone = counters[axis] == extent
            let steps = isDone ? 1 - extent : 1
            for operand in 0..<operandCount { offsets[operand] += steps * summed.steps[axis * operandCount + operand] }
            if !isDone { return }
            counters[axis] = 0
            axis -= 1
        }
    }

    @inline(__always)
    private func addRow<Element: NumericElement, Sum: Accumulator>(
        _ start: Sum, _ operands: Operands, _ offsets: UnsafePointer<Int>, _: Element.Type
    ) -> Sum {
        func elements(_ operand: Int) -> UnsafePointer<Element> {
            UnsafePointer(operands[operand].assumingMemoryBound(to: Element.self) + offsets[operand])
        }
        var sum = start
        switch operandCount {
        case 1:
            let (x, step) = (elements(0), innerSteps[0])
            for index in 0..<innerCount { sum = sum.adding(Sum(of: x[index * step])) }
        case 2:
            let (a, b, aStep, bStep) = (elements(0), elements(1), innerSteps[0], innerSteps[1])
            for index in 0..<innerCount {
                sum = sum.adding(Sum(of: a[index * aStep]).multiplied(with: Sum(of: b[index * bStep])))
            }
        default:
            for index in 0..<innerCount {
                var product = Sum.unit
                for operand in 0..<operandCount {
                    product = product.multiplied(with: Sum(of: elements(operand)[index * innerSteps[operand]]))
                }
                sum = sum.adding(product)
            }
        }
        return sum
    }
}
