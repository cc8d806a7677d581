internal import Glibc
public import DeeperTensors

/// Makes the kernel for softmax of int8 or uint8 numbers, requantised.
///
/// - Parameters:
///   - outer, count, inner: the number of elements of the row-major operands before, along and after the axis.
///   - inputScale, outputScale: the scales of the logits and of the results.
public func integerSoftmaxKernel(
    _ type: ElementType, outer: Int, count: Int, inner: Int, inputScale: Float, outputScale: Float,
    outputZeroPoint: Int32
) -> any Kernel {
    type == .int8
        ? IntegerSoftmaxKernel<Int8>(outer, count, inner, inputScale, outputScale, outputZeroPoint)
        : IntegerSoftmaxKernel<UInt8>(outer, count, inner, inputScale, outputScale, outputZeroPoint)
}

/// Softmax of quantised numbers along an axis, requantised, on row-major operands of `outer` times `count` times
/// `inner` elements.
final class IntegerSoftmaxKernel<Element: QuantizedElement>: Kernel {
    var report: KernelReport { KernelReport("softmax of integers") }
    let tileCount: Int
    private let outer: Int, count: Int, inner: Int
    /// The exponential of a logit, by its distance from the largest one in quantisation steps.
    private let powers: [Float]
    private let scale: Float
    private let store: Saturation

    init(
        _ outer: Int, _ count: Int, _ inner: Int, _ inputScale: Float, _ outputScale: Float, _ outputZeroPoint: Int32
    ) {
        self.outer = outer
        self.count = count
        self.inner = inner
        powers = (0..<1 << Element.bitWidth).map { Float(exp(-Double($0) * Double(inputScale))) }
        scale = outputScale
        store = Saturation(Element.self, zeroPoint: Element(truncatingIfNeeded: outputZeroPoint))
        tileCount = count * inner == 0 ? 1 : max(1, outer)
    }

    func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard tile < outer, count > 0 else { return }
        for position in 0..<inner {
            let x = operands.typed(0, as: Element.self) + tile * count * inner + position
            let y = operands.typed(1, as: Element.self) + tile * count * inner + position
            var most = x[0]
            for index in 0..<count { most = max(most, x[index * inner]) }
            var sum: Float = 0
            for index in 0..<count { sum += powers[Int(most) - Int(x[index * inner])] }
            for index in 0..<count {
                let share = powers[Int(most) - Int(x[index * inner])] / sum
                y[index * inner] = Element(truncatingIfNeeded: store(share / scale))
            }
        }
    }
}
