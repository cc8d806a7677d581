internal import DeeperTensors

/// The sum of overlapping blocks at their places in a picture, the inverse of im2col (ONNX Col2Im).
///
/// Row-major. Operands: X (planes, taps, blocks), Y (planes, pixels). The blocks of every pixel are summed in the order
/// of taps. One tile per plane.
public final class ColumnsToImageKernel: Kernel {
    public var report: KernelReport { KernelReport("col2im") }
    public let tileCount: Int
    private let window: WindowGeometry
    private let planes: Int
    private let sum: ElementCombination

    /// - Parameters:
    ///   - window: the window over the picture; its outputs are the blocks.
    ///   - sum: adds elements.
    public init(window: WindowGeometry, planes: Int, sum: ElementCombination) {
        self.window = window
        self.planes = planes
        self.sum = sum
        self.tileCount = max(1, planes)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard tile < planes else { return }
        let pixels = window.inputPixels
        (operands[1] + tile * pixels * sum.byteCount).initializeMemory(
            as: UInt8.self, repeating: 0, count: pixels * sum.byteCount)
        let (blocks, width) = (window.outputPixels, window.output[2])
        guard blocks > 0 else { return }
        for tap in 0..<window.taps {
            for row in 0..<blocks / width {
                let spot = window.inputPosition(window.outputPosition(row * width), tap: tap)
                guard spot[0] >= 0, spot[0] < window.input[0], spot[1] >= 0, spot[1] < window.input[1] else { continue }
                add(
                    operands, from: (tile * window.taps + tap) * blocks + row * width,
                    to: tile * pixels + (spot[0] * window.input[1] + spot[1]) * window.input[2], column: spot[2])
            }
        }
    }

    /// Adds one element of every block of a row; the first block is at the given column.
    private func add(_ operands: Operands, from source: Int, to target: Int, column: Int) {
        let (stride, width) = (window.stride[2], window.input[2])
        let first = column < 0 ? (stride - 1 - column) / stride : 0
        let end = column < width ? min(window.output[2], (width - 1 - column) / stride + 1) : 0
        guard first < end else { return }
        if stride == 1 {
            sum.apply(
                operands[1], at: target + column + first, operands[0], from: source + first, count: end - first)
        } else {
            for block in first..<end {
                sum.apply(
                    operands[1], at: target + column + block * stride, operands[0], from: source + block, count: 1)
            }
        }
    }
}
