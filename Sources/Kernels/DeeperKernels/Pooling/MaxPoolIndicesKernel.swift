internal import DeeperTensors

/// Max pooling of row-major planes of any element type, optionally with the positions of the maxima.
///
/// Operands: X, Y and, with `hasIndices`, the flat positions in X (int64). Plain loops, for the cases that the
/// channels-last kernel does not support; one tile per plane.
public final class MaxPoolIndicesKernel<Element: NumericElement & Comparable>: Kernel {
    public var report: KernelReport { KernelReport("max pool, planes") }
    public let tileCount: Int
    private let window: WindowGeometry
    private let planes: Int
    private let hasIndices: Bool
    private let isColumnMajor: Bool

    /// - Parameter isColumnMajor: whether positions are column-major (ONNX storage_order 1).
    public init(window: WindowGeometry, planes: Int, hasIndices: Bool, isColumnMajor: Bool) {
        self.window = window
        self.planes = planes
        self.hasIndices = hasIndices
        self.isColumnMajor = isColumnMajor
        self.tileCount = max(1, planes)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard tile < planes else { return }
        let x = operands[0].assumingMemoryBound(to: Element.self) + tile * window.inputPixels
        let y = operands[1].assumingMemoryBound(to: Element.self) + tile * window.outputPixels
        for pixel in 0..<window.outputPixels {
            let position = window.outputPosition(pixel)
            var best: Element?
            var place = SIMD3<Int>()
            for tap in 0..<window.taps {
                let spot = window.inputPosition(position, tap: tap)
                guard let offset = window.inputPixel(spot) else { continue }
                let value = x[offset]
                // The first NaN is the maximum; only NaN differs from itself.
                if best.map({ value > $0 || value != value && $0 == $0 }) ?? true {
                    best = value
                    place = spot
                }
            }
            y[pixel] = best ?? Element(saturating: -.infinity)
            if hasIndices {
                let flat =
                    isColumnMajor
                    ? (place[2] * window.input[1] + place[1]) * window.input[0] + place[0]
                    : (place[0] * window.input[1] + place[1]) * window.input[2] + place[2]
                operands[2].assumingMemoryBound(to: Int64.self)[tile * window.outputPixels + pixel] =
                    Int64(tile * window.inputPixels + flat)
            }
        }
    }
}
