public import DeeperTensors

/// Y[o, d, i] = values[1] where the index at [o, i] is d, values[0] elsewhere; row-major. Negative indices count from
/// the end, fractions are truncated, and an index outside the axis matches no d.
///
/// Operands: indices (any type), values (two elements of Y's type), Y.
public final class OneHotKernel: Kernel {
    public var report: KernelReport { KernelReport("one hot") }
    public let tileCount: Int
    private let outer: Int, depth: Int, inner: Int
    private let indexType: ElementType
    private let byteCount: Int

    /// - Parameter outer, inner: the number of indices before and after the additional axis of Y.
    public init(outer: Int, depth: Int, inner: Int, indexType: ElementType, valueType: ElementType) {
        self.outer = outer
        self.depth = depth
        self.inner = inner
        self.indexType = indexType
        self.byteCount = valueType.byteCount
        self.tileCount = streamingTileCount(elements: outer * depth * inner, rows: outer * inner)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let places = partition(outer * inner, part: tile, of: tileCount)
        switch byteCount {
        case 1: fill(places, operands, as: UInt8.self)
        case 2: fill(places, operands, as: UInt16.self)
        case 4: fill(places, operands, as: UInt32.self)
        default: fill(places, operands, as: UInt64.self)
        }
    }

    private func fill<Word: BitwiseCopyable>(_ places: Range<Int>, _ operands: Operands, as: Word.Type) {
        let values = operands[1].assumingMemoryBound(to: Word.self)
        let (off, on) = (values[0], values[1])
        for place in places {
            let y =
                operands[2].assumingMemoryBound(to: Word.self) + place / inner * depth * inner + place % inner
            for position in 0..<depth { y[position * inner] = off }
            let index = index(operands[0], place)
            let position = index < 0 ? index + depth : index
            if position >= 0, position < depth { y[position * inner] = on }
        }
    }

    private func index(_ indices: UnsafeRawPointer, _ place: Int) -> Int {
        func read<Index: NumericElement>(_: Index.Type) -> Int {
            Int(indices.assumingMemoryBound(to: Index.self)[place].integer)
        }
        return switch indexType {
        case .float32: read(Float.self)
        case .float64: read(Double.self)
        case .float16: read(Float16.self)
        case .bfloat16: read(BFloat16.self)
        case .int8: read(Int8.self)
        case .uint8, .bool: read(UInt8.self)
        case .int16: read(Int16.self)
        case .uint16: read(UInt16.self)
        case .int32: read(Int32.self)
        case .uint32: read(UInt32.self)
        case .int64: read(Int64.self)
        case .uint64: Int(clamping: indices.assumingMemoryBound(to: UInt64.self)[place])
        }
    }
}
