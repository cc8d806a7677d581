internal import DeeperTensors

/// Quantises X to uint8 by the range of its values; the results are Y, the scale and the zero point (ONNX
/// DynamicQuantizeLinear).
///
/// The range includes 0, so that 0 is represented exactly. Values that are not finite end the run with a fault.
public final class DynamicQuantizeKernel: Kernel {
    public var report: KernelReport { KernelReport("quantise by range") }
    // The range is only known after all values have been read.
    public let tileCount = 1
    private let count: Int

    public init(count: Int) { self.count = count }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let x = operands.typed(0, as: Float.self), y = operands.typed(1, as: UInt8.self)
        var (least, most): (Float, Float) = (0, 0)
        var sum: Float = 0
        for index in 0..<count {
            let value = x[index]
            least = value < least ? value : least
            most = value > most ? value : most
            // The sum is zero, or NaN if a value is not finite.
            sum += value * 0
        }
        let range = most - least
        guard sum == 0, range.isFinite else { return operands.report(.badScale) }
        let scale = range == 0 ? 1 : range / 255
        guard isScale(scale) else { return operands.report(.badScale) }
        let zeroPoint = Saturation(UInt8.self, zeroPoint: 0)(-least / scale)
        operands.typed(2, as: Float.self)[0] = scale
        operands.typed(3, as: UInt8.self)[0] = UInt8(truncatingIfNeeded: zeroPoint)
        let store = Saturation(UInt8.self, zeroPoint: UInt8(truncatingIfNeeded: zeroPoint))
        for index in 0..<count { y[index] = UInt8(truncatingIfNeeded: store(x[index] / scale)) }
    }
}
