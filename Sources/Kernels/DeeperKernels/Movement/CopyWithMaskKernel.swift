public import DeeperTensors

/// Y = X and a mask of ones: Dropout at inference with its second output. Operands: X, Y, mask.
public final class CopyWithMaskKernel: Kernel {
    public var report: KernelReport { KernelReport("copy + mask") }
    public let tileCount = 1
    private let byteCount: Int
    private let maskType: ElementType
    private let maskCount: Int

    /// - Parameter maskType: bool, float32 or float64.
    public init(byteCount: Int, maskType: ElementType, maskCount: Int) {
        self.byteCount = byteCount
        self.maskType = maskType
        self.maskCount = maskCount
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        operands[1].copyMemory(from: operands[0], byteCount: byteCount)
        switch maskType {
        case .float32: operands.floats(2).update(repeating: 1, count: maskCount)
        case .float64: operands[2].assumingMemoryBound(to: Double.self).update(repeating: 1, count: maskCount)
        default: operands[2].assumingMemoryBound(to: UInt8.self).update(repeating: 1, count: maskCount)
        }
    }
}
