internal import CDeeperKernels
public import DeeperTensors

/// Max pooling of channels-last images of bytes. A window without elements inside the image gives the type's lowest
/// number.
public final class BytePoolKernel: Kernel {
    public var report: KernelReport { KernelReport("max pool of integers") }
    public let tileCount: Int
    private let window: WindowGeometry
    private let images: Int, channels: Int, inputPitch: Int, outputPitch: Int
    private let flip: UInt8
    private let loops: VectorLoops

    /// - Parameter elements: int8 or uint8.
    public init(
        _ elements: ElementType, window: WindowGeometry, images: Int, channels: Int, inputPitch: Int, outputPitch: Int,
        options: KernelOptions
    ) {
        self.window = window
        self.images = images
        self.channels = channels
        self.inputPitch = inputPitch
        self.outputPitch = outputPitch
        flip = elements == .int8 ? 0x80 : 0
        loops = VectorLoops(options.instructionSet)
        let pixels = images * window.outputPixels
        tileCount = streamingTileCount(elements: pixels * channels * min(window.taps, 64) / 8, rows: pixels)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        for pixel in partition(images * window.outputPixels, part: tile, of: tileCount) {
            let (image, own) = (pixel / window.outputPixels, pixel % window.outputPixels)
            let source = operands[0] + image * window.inputPixels * inputPitch
            let target = operands[1] + pixel * outputPitch
            let (taps, offset, _) = window.taps(at: own, pitch: inputPitch) ?? (ck_taps(), 0, SIMD3())
            loops.table.maximum_of_bytes(target, source + offset, channels, taps, flip)
        }
    }
}
