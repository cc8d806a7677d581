public import DeeperTensors

/// Y[i] = f(X[i]) for two operands whose elements are at the same offsets.
///
/// It is inlinable so that `f` is compiled into the loop of the operator that defines it; otherwise every element would
/// cost a call.
public final class MapKernel: Kernel {
    public var report: KernelReport { KernelReport("map") }
    public let tileCount: Int
    private let count: Int
    private let body: @Sendable (UnsafeRawPointer, UnsafeMutableRawPointer, Int) -> Void
    private let inputByteCount: Int, outputByteCount: Int

    @inlinable
    public convenience init<Input: TensorElement, Output: TensorElement>(
        count: Int, _ f: @escaping @Sendable (Input) -> Output
    ) {
        self.init(count: count, Input.elementType, Output.elementType) { source, target, count in
            let source = source.assumingMemoryBound(to: Input.self)
            let target = target.assumingMemoryBound(to: Output.self)
            for index in 0..<count { target[index] = f(source[index]) }
        }
    }

    @usableFromInline
    init(
        count: Int, _ input: ElementType, _ output: ElementType,
        body: @escaping @Sendable (UnsafeRawPointer, UnsafeMutableRawPointer, Int) -> Void
    ) {
        self.count = count
        self.body = body
        self.inputByteCount = input.byteCount
        self.outputByteCount = output.byteCount
        self.tileCount = streamingTileCount(elements: count, rows: count)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let range = partition(count, part: tile, of: tileCount)
        body(
            operands[0] + range.lowerBound * inputByteCount, operands[1] + range.lowerBound * outputByteCount,
            range.count)
    }
}
