internal import CDeeperKernels

/// A window that slides over up to three spatial axes: the geometry that convolution and pooling share.
///
/// All vectors have three entries (depth, height, width); absent leading axes have extent 1.
public struct WindowGeometry: Sendable, Hashable {
    public var input: SIMD3<Int>
    public var output: SIMD3<Int>
    public var kernel: SIMD3<Int>
    public var stride: SIMD3<Int>
    public var dilation: SIMD3<Int>
    /// The padding before each axis; the padding after it follows from the output's extent.
    public var padBefore: SIMD3<Int>

    /// - Precondition: all arrays have the same number of entries, at most three.
    public init(
        input: [Int], output: [Int], kernel: [Int], stride: [Int], dilation: [Int], padBefore: [Int]
    ) {
        self.input = WindowGeometry.padded(input, with: 1)
        self.output = WindowGeometry.padded(output, with: 1)
        self.kernel = WindowGeometry.padded(kernel, with: 1)
        self.stride = WindowGeometry.padded(stride, with: 1)
        self.dilation = WindowGeometry.padded(dilation, with: 1)
        self.padBefore = WindowGeometry.padded(padBefore, with: 0)
    }

    /// Whether each output pixel depends only on the input pixel of the same position: a 1x1 kernel at stride 1 without
    /// padding.
    public var isPointwise: Bool {
        let one = SIMD3<Int>(repeating: 1)
        return kernel == one && stride == one && padBefore == SIMD3() && input == output
    }

    /// Whether the window moves in a plane, that is, not along the depth.
    public var isPlanar: Bool { input[0] == 1 && kernel[0] == 1 && output[0] == 1 && padBefore[0] == 0 }

    /// A row of windows for the vector loops, without its address and its number of rows. The window must be planar and
    /// without dilation.
    func row(pitch: Int) -> ck_window_row {
        var row = ck_window_row()
        row.row_pitch = input[2] * pitch
        row.pixel_pitch = pitch
        row.width = input[2]
        row.outputs = output[2]
        row.kernel = kernel[2]
        row.stride = stride[2]
        row.pad = padBefore[2]
        return row
    }

    public var outputPixels: Int { output[0] * output[1] * output[2] }
    public var inputPixels: Int { input[0] * input[1] * input[2] }
    /// The number of positions of the kernel, saturating at `Int.max` for absurd poolings.
    public var taps: Int {
        let (plane, overflow) = kernel[1].multipliedReportingOverflow(by: kernel[2])
        let (all, more) = kernel[0].multipliedReportingOverflow(by: plane)
        return overflow || more ? .max : all
    }

    /// The number of taps along `axis` that are inside the input, summed over all output positions; for absurd windows,
    /// all taps.
    public func tapsInside(_ axis: Int) -> Int {
        let (kernel, output) = (kernel[axis], output[axis])
        guard min(kernel, output) <= WindowGeometry.mostCounted, max(kernel, output) <= 1 << 32 else {
            let (product, overflow) = kernel.multipliedReportingOverflow(by: output)
            return overflow ? .max : product
        }
        if output < kernel { return (0..<output).reduce(0) { $0 + valid(axis, at: $1).taps.count } }
        func floored(_ value: Int) -> Int { value >= 0 ? value / stride[axis] : (value + 1) / stride[axis] - 1 }
        return (0..<kernel).reduce(0) { sum, tap in
            let offset = padBefore[axis] - tap * dilation[axis]
            let first = max(0, floored(offset - 1) + 1)
            let last = min(output - 1, floored(input[axis] - 1 + offset))
            return sum + max(0, last - first + 1)
        }
    }

    /// The largest number of positions that are counted one by one; more would take seconds.
    private static let mostCounted = 1 << 20

    /// The position of output pixel `index` (row-major).
    @inline(__always)
    func outputPosition(_ index: Int) -> SIMD3<Int> {
        SIMD3(index / (output[1] * output[2]), index / output[2] % output[1], index % output[2])
    }

    /// The position of kernel tap `index` (row-major).
    @inline(__always)
    func tapPosition(_ index: Int) -> SIMD3<Int> {
        SIMD3(index / (kernel[1] * kernel[2]), index / kernel[2] % kernel[1], index % kernel[2])
    }

    /// The input position that a tap of an output position reads, which may be outside the input.
    @inline(__always)
    func inputPosition(_ output: SIMD3<Int>, tap: Int) -> SIMD3<Int> {
        output &* stride &- padBefore &+ tapPosition(tap) &* dilation
    }

    /// The index of the pixel at an input position; nil outside the input.
    @inline(__always)
    func inputPixel(_ position: SIMD3<Int>) -> Int? {
        guard all(position .>= 0), all(position .< input) else { return nil }
        return (position[0] * input[1] + position[1]) * input[2] + position[2]
    }

    /// The index of the input pixel that a tap of an output pixel reads; nil outside the input. All indices are
    /// row-major.
    public func inputPixel(ofOutput pixel: Int, tap: Int) -> Int? {
        inputPixel(inputPosition(outputPosition(pixel), tap: tap))
    }

    /// For an output position, the kernel positions along `axis` whose input position is inside, and the input position
    /// of the first.
    @inline(__always)
    func valid(_ axis: Int, at position: Int) -> (taps: Range<Int>, first: Int) {
        let start = position &* stride[axis] &- padBefore[axis]
        let step = dilation[axis]
        let lower = start < 0 ? (step &- 1 &- start) / step : 0
        let room = input[axis] &- start
        let upper = room <= 0 ? 0 : min(kernel[axis], (room &+ step &- 1) / step)
        guard lower < upper else { return (0..<0, 0) }
        return (lower..<upper, start &+ lower &* step)
    }

    /// The taps of an output pixel that are inside a channels-last image, the offset of the first one in floats, and
    /// the first kernel position.
    @inline(__always)
    func taps(at pixel: Int, pitch: Int) -> (taps: ck_taps, offset: Int, kernelStart: SIMD3<Int>)? {
        let position = outputPosition(pixel)
        let depth = valid(0, at: position[0])
        let height = valid(1, at: position[1])
        let width = valid(2, at: position[2])
        guard !depth.taps.isEmpty, !height.taps.isEmpty, !width.taps.isEmpty else { return nil }
        let row = input[2] * pitch
        let plane = input[1] * row
        let taps = ck_taps(
            depth: Int32(truncatingIfNeeded: depth.taps.count), height: Int32(truncatingIfNeeded: height.taps.count),
            width: Int32(truncatingIfNeeded: width.taps.count), depth_stride: dilation[0] * plane,
            height_stride: dilation[1] * row, width_stride: dilation[2] * pitch)
        let offset = depth.first * plane + height.first * row + width.first * pitch
        return (taps, offset, SIMD3(depth.taps.lowerBound, height.taps.lowerBound, width.taps.lowerBound))
    }

    private static func padded(_ values: [Int], with filler: Int) -> SIMD3<Int> {
        precondition(values.count <= 3)
        let all = Array(repeating: filler, count: 3 - values.count) + values
        return SIMD3(all[0], all[1], all[2])
    }
}
