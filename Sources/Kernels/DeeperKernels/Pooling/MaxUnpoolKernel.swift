public import DeeperTensors

/// Y = 0, then Y[positions[i]] = X[i] for every i, where positions are indices in the whole of Y; row-major (ONNX
/// MaxUnpool).
///
/// Operands: X, positions (int64), Y. A position outside Y ends the run with an error. There is a single tile, because
/// positions may be anywhere.
public final class MaxUnpoolKernel: Kernel {
    public var report: KernelReport { KernelReport("max unpool") }
    public let tileCount = 1
    private let inputCount: Int, outputCount: Int
    private let byteCount: Int

    public init(inputCount: Int, outputCount: Int, elementType: ElementType) {
        self.inputCount = inputCount
        self.outputCount = outputCount
        self.byteCount = elementType.byteCount
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let positions = operands[1].assumingMemoryBound(to: Int64.self)
        operands[2].initializeMemory(as: UInt8.self, repeating: 0, count: outputCount * byteCount)
        for index in 0..<inputCount {
            let position = Int(positions[index])
            guard position >= 0, position < outputCount else {
                operands.report(.indexOutOfRange)
                continue
            }
            (operands[2] + position * byteCount).copyMemory(
                from: operands[0] + index * byteCount, byteCount: byteCount)
        }
    }
}
