public import DeeperTensors

/// What a mean of quantised windows is computed from.
public struct IntegerPoolForm: Sendable {
    public var window: WindowGeometry
    /// Padding after each axis of the window, for windows that hang over it.
    public var padAfter: [Int]
    public var images: Int, channels: Int, inputPitch: Int, outputPitch: Int
    public var includesPadding: Bool
    public var zeroPoint: Int32
    /// The input's scale over the output's.
    public var scale: Float
    public var outputZeroPoint: Int32

    public init(
        window: WindowGeometry, padAfter: [Int], images: Int, channels: Int, inputPitch: Int, outputPitch: Int,
        includesPadding: Bool, zeroPoint: Int32, scale: Float, outputZeroPoint: Int32
    ) {
        self.window = window
        self.padAfter = padAfter
        (self.images, self.channels) = (images, channels)
        (self.inputPitch, self.outputPitch) = (inputPitch, outputPitch)
        self.includesPadding = includesPadding
        (self.zeroPoint, self.scale, self.outputZeroPoint) = (zeroPoint, scale, outputZeroPoint)
    }
}

/// The kernel for the means of windows of int8 or uint8 numbers.
public func integerPoolKernel(_ pixels: ElementType, _ form: IntegerPoolForm) -> any Kernel {
    pixels == .int8 ? IntegerPoolKernel<Int8>(form) : IntegerPoolKernel<UInt8>(form)
}

/// The means of windows of quantised channels-last images, quantised anew.
final class IntegerPoolKernel<Pixel: QuantizedElement>: Kernel {
    var report: KernelReport { KernelReport("mean of integers") }
    let tileCount: Int
    private let form: IntegerPoolForm
    private let window: WindowGeometry
    private let padAfter: SIMD3<Int>
    private let store: Saturation

    init(_ form: IntegerPoolForm) {
        self.form = form
        window = form.window
        padAfter = SIMD3(Array(repeating: 0, count: 3 - form.padAfter.count) + form.padAfter)
        store = Saturation(zeroPoint: form.outputZeroPoint, least: Int32(Pixel.min), most: Int32(Pixel.max))
        tileCount = max(1, form.images * window.output[0] * window.output[1])
    }

    func run(tile: Int, operands: Operands, scratch: Scratch) {
        let lines = window.output[0] * window.output[1]
        guard tile < form.images * lines else { return }
        let x = operands.typed(0, as: Pixel.self) + tile / lines * window.inputPixels * form.inputPitch
        let y = operands.typed(1, as: Pixel.self)
        for column in 0..<window.output[2] {
            let pixel = tile % lines * window.output[2] + column
            let position = window.outputPosition(pixel)
            let target = y + (tile / lines * window.outputPixels + pixel) * form.outputPitch
            let factor = form.scale / Float(divisor(at: position))
            for channel in 0..<form.channels {
                var sum: Int32 = 0
                for tap in 0..<window.taps {
                    guard let source = window.inputPixel(window.inputPosition(position, tap: tap)) else { continue }
                    sum &+= Int32(x[source * form.inputPitch + channel]) &- form.zeroPoint
                }
                target[channel] = Pixel(truncatingIfNeeded: store(Float(sum) * factor))
            }
        }
    }

    /// How many elements a mean is of.
    private func divisor(at position: SIMD3<Int>) -> Int {
        (0..<3).reduce(1) { product, axis in
            guard form.includesPadding else { return product * window.valid(axis, at: position[axis]).taps.count }
            // A window that hangs over the padding counts what lies within it.
            let start = position[axis] * window.stride[axis] - window.padBefore[axis]
            let end = window.input[axis] + padAfter[axis]
            let inside = (0..<window.kernel[axis]).filter { start + $0 * window.dilation[axis] < end }
            return product * max(1, inside.count)
        }
    }
}
