public import DeeperTensors

/// Y[i] = f(A[i], B[i]) with broadcasting, for operands of any layout.
public final class ZipKernel: Kernel {
    public var report: KernelReport { KernelReport("zip") }
    public var tileCount: Int { tiles.count }
    private let tiles: StreamTiles
    private let nest: LoopNest
    private let body: Body

    /// Called with the first elements of A, B and Y, the inner strides in the same order, and the number of elements.
    @usableFromInline
    typealias Body = @Sendable (UnsafeRawPointer, UnsafeRawPointer, UnsafeMutableRawPointer, SIMD4<Int>, Int) -> Void
    private let byteCounts: SIMD4<Int>
    private let check: Check?

    /// Tells whether one of B's elements in a row is one for which `f` is not defined.
    @usableFromInline
    typealias Check = @Sendable (UnsafeRawPointer, Int, Int) -> Bool

    /// - Parameters:
    ///   - nest: the strides of A, B and Y in this order.
    ///   - forbidden: tells which elements of B end the run with a division by zero.
    @inlinable
    public convenience init<A: TensorElement, B: TensorElement, Output: TensorElement>(
        nest: LoopNest, forbidden: (@Sendable (B) -> Bool)? = nil, _ f: @escaping @Sendable (A, B) -> Output
    ) {
        var check: Check?
        if let forbidden {
            check = { divisors, stride, count in
                let divisors = divisors.assumingMemoryBound(to: B.self)
                for index in 0..<count where forbidden(divisors[index &* stride]) { return true }
                return false
            }
        }
        let types = [A.elementType, B.elementType, Output.elementType]
        self.init(nest: nest, types: types, check: check) { a, b, y, strides, count in
            let a = a.assumingMemoryBound(to: A.self)
            let b = b.assumingMemoryBound(to: B.self)
            let y = y.assumingMemoryBound(to: Output.self)
            // The common cases have constant strides, so that the compiler can vectorise them.
            if strides == SIMD4(1, 1, 1, 0) {
                for index in 0..<count { y[index] = f(a[index], b[index]) }
            } else if strides == SIMD4(1, 0, 1, 0) {
                let right = b[0]
                for index in 0..<count { y[index] = f(a[index], right) }
            } else {
                for index in 0..<count {
                    y[index &* strides[2]] = f(a[index &* strides[0]], b[index &* strides[1]])
                }
            }
        }
    }

    @usableFromInline
    init(nest: LoopNest, types: [ElementType], check: Check?, body: @escaping Body) {
        self.nest = nest
        self.check = check
        self.body = body
        self.byteCounts = SIMD4(types[0].byteCount, types[1].byteCount, types[2].byteCount, 0)
        self.tiles = StreamTiles(rows: nest.rowCount, columns: nest.innerCount)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let (rows, columns) = tiles[tile]
        let strides = SIMD4(nest.innerStrides[0], nest.innerStrides[1], nest.innerStrides[2], 0)
        nest.forEachRow(rows) { offset in
            let bytes = (offset &+ strides &* SIMD4(repeating: columns.lowerBound)) &* byteCounts
            if let check, check(operands[1] + bytes[1], strides[1], columns.count) {
                operands.report(.divisionByZero)
                return
            }
            body(operands[0] + bytes[0], operands[1] + bytes[1], operands[2] + bytes[2], strides, columns.count)
        }
    }
}
