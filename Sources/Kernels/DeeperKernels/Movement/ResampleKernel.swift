internal import DeeperTensors

/// Separable resampling of float32, axis after axis, row-major. It computes linear and cubic Resize of any axes, and is
/// the reference twin of ``ImageResampleKernel``. There is one tile per position of the leading axes that keep their
/// extent.
public final class ResampleKernel: Kernel {
    public var report: KernelReport { KernelReport("separable resample") }
    public let tileCount: Int
    public let scratchByteCount: Int
    private let axes: [ResampleAxis]
    private let slabs: Int
    private let inputSlab: Int, outputSlab: Int
    private let largest: Int
    private let extrapolation: Float

    public init(axes all: [ResampleAxis], extrapolation: Float) {
        let leading = all.prefix { $0.isIdentity }.count
        self.axes = Array(all[leading...])
        self.slabs = all[..<leading].reduce(1) { $0 * $1.inputExtent }
        self.inputSlab = axes.reduce(1) { $0 * $1.inputExtent }
        self.outputSlab = axes.reduce(1) { $0 * $1.taps.count }
        self.extrapolation = extrapolation
        var largest = max(inputSlab, outputSlab)
        var elements = inputSlab
        for axis in axes where axis.inputExtent > 0 {
            elements = elements / axis.inputExtent * axis.taps.count
            largest = max(largest, elements)
        }
        self.largest = largest
        self.tileCount = max(1, slabs)
        self.scratchByteCount = 2 * largest * 4
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard tile < slabs, outputSlab > 0 else { return }
        var source = operands.floats(0) + tile * inputSlab
        let result = operands.floats(1) + tile * outputSlab
        var outer = 1
        var inner = inputSlab
        for (number, axis) in axes.enumerated() {
            inner /= axis.inputExtent
            let isLast = number == axes.count - 1
            let target = isLast ? result : scratch.floats + number % 2 * largest
            resample(axis, outer, inner, source, target)
            source = target
            outer *= axis.taps.count
        }
        if axes.isEmpty { result.update(from: source, count: outputSlab) }
        var span = outputSlab
        var repeats = 1
        for axis in axes {
            span /= axis.taps.count
            for index in axis.taps.indices where axis.outside[index] {
                for before in 0..<repeats {
                    (result + (before * axis.taps.count + index) * span).update(repeating: extrapolation, count: span)
                }
            }
            repeats *= axis.taps.count
        }
    }

    private func resample(
        _ axis: ResampleAxis, _ outer: Int, _ inner: Int, _ source: UnsafePointer<Float>,
        _ target: UnsafeMutablePointer<Float>
    ) {
        for before in 0..<outer {
            for position in axis.taps.indices {
                let write = target + (before * axis.taps.count + position) * inner
                write.update(repeating: 0, count: inner)
                for tap in axis.taps[position] {
                    let read = source + (before * axis.inputExtent + tap.index) * inner
                    for index in 0..<inner { write[index] += tap.weight * read[index] }
                }
            }
        }
    }
}
