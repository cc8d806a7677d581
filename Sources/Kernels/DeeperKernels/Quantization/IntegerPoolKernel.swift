internal import CDeeperKernels
public import DeeperTensors

/// The parameters of an ``IntegerPoolKernel``: extents, window, zero points and scale.
public struct IntegerPoolForm: Sendable {
    public var window: WindowGeometry
    /// The padding after each axis, for windows that extend beyond it.
    public var padAfter: [Int]
    public var images: Int, channels: Int, inputPitch: Int, outputPitch: Int
    public var includesPadding: Bool
    public var zeroPoint: Int32
    /// The input's scale divided by the output's.
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

/// Average pooling of quantised channels-last images, requantised.
public final class IntegerPoolKernel: Kernel {
    public var report: KernelReport { KernelReport("mean of integers") }
    public let tileCount: Int
    private let form: IntegerPoolForm
    private let padAfter: SIMD3<Int>
    private let isSigned: Bool
    private let loops: VectorLoops

    /// - Parameter pixels: int8 or uint8.
    public init(_ pixels: ElementType, _ form: IntegerPoolForm, options: KernelOptions) {
        self.form = form
        isSigned = pixels == .int8
        loops = VectorLoops(options.instructionSet)
        padAfter = SIMD3(Array(repeating: 0, count: 3 - form.padAfter.count) + form.padAfter)
        let pixelCount = form.images * form.window.outputPixels
        tileCount = streamingTileCount(
            elements: pixelCount * form.channels * min(form.window.taps, 64) / 4, rows: pixelCount)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let window = form.window
        let flip: UInt8 = isSigned ? 0x80 : 0
        var epilogue = ck_integer_epilogue(form.outputZeroPoint, isSigned ? -128...127 : 0...255)
        for pixel in partition(form.images * window.outputPixels, part: tile, of: tileCount) {
            let (image, own) = (pixel / window.outputPixels, pixel % window.outputPixels)
            let source = operands[0] + image * window.inputPixels * form.inputPitch
            let (taps, offset, _) = window.taps(at: own, pitch: form.inputPitch) ?? (ck_taps(), 0, SIMD3())
            let count = Int(taps.depth) * Int(taps.height) * Int(taps.width)
            let divisor = form.includesPadding ? elementsWithPadding(at: window.outputPosition(own)) : count
            var scale = form.scale / Float(max(1, divisor))
            if count > IntegerPoolKernel.mostTaps {
                means(operands[1] + pixel * form.outputPitch, of: source + offset, taps, count, scale)
                continue
            }
            withUnsafePointer(to: &scale) { scale in
                epilogue.scale = scale
                loops.table.mean_of_bytes(
                    operands[1] + pixel * form.outputPitch, source + offset, form.channels, taps, flip,
                    Int32(count) &* (form.zeroPoint + Int32(flip)), &epilogue)
            }
        }
    }

    /// The number of bytes whose sum fits into int32.
    private static let mostTaps = 1 << 22

    /// The means of a window with more taps, by plain loops.
    private func means(
        _ target: UnsafeMutableRawPointer, of source: UnsafeRawPointer, _ taps: ck_taps, _ count: Int, _ scale: Float
    ) {
        let store = Saturation(
            zeroPoint: form.outputZeroPoint, least: isSigned ? -128 : 0, most: isSigned ? 127 : 255)
        for channel in 0..<form.channels {
            var sum = -count * Int(form.zeroPoint)
            for depth in 0..<Int(taps.depth) {
                for row in 0..<Int(taps.height) {
                    for column in 0..<Int(taps.width) {
                        let offset = depth * taps.depth_stride + row * taps.height_stride + column * taps.width_stride
                        let byte = source.load(fromByteOffset: offset + channel, as: UInt8.self)
                        sum += isSigned ? Int(Int8(bitPattern: byte)) : Int(byte)
                    }
                }
            }
            let stored = store(Float(sum) * scale)
            target.storeBytes(of: UInt8(truncatingIfNeeded: stored), toByteOffset: channel, as: UInt8.self)
        }
    }

    /// The number of elements of a window that are inside the padded image.
    private func elementsWithPadding(at position: SIMD3<Int>) -> Int {
        let window = form.window
        return (0..<3).reduce(1) { product, axis in
            let start = position[axis] * window.stride[axis] - window.padBefore[axis]
            let room = window.input[axis] + padAfter[axis] - start
            let inside = (room + window.dilation[axis] - 1) / window.dilation[axis]
            return product * max(1, min(window.kernel[axis], inside))
        }
    }
}
