internal import DeeperTensors
internal import Glibc

/// Y = (sum of |x|^p)^(1/p) over the elements of each window, in row-major planes; summed in float64. Padding adds
/// nothing. There is one tile per plane.
public final class LpPoolKernel<Element: NumericElement>: Kernel {
    public var report: KernelReport { KernelReport("Lp pool, planes") }
    public let tileCount: Int
    private let window: WindowGeometry
    private let planes: Int
    private let order: Int

    /// - Parameter order: p, at least 1.
    public init(window: WindowGeometry, planes: Int, order: Int) {
        precondition(order > 0)
        self.window = window
        self.planes = planes
        self.order = order
        self.tileCount = max(1, planes)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard tile < planes else { return }
        let x = operands.typed(0, as: Element.self) + tile * window.inputPixels
        let y = operands.typed(1, as: Element.self) + tile * window.outputPixels
        for pixel in 0..<window.outputPixels {
            let position = window.outputPosition(pixel)
            var sum = 0.0
            for tap in 0..<window.taps {
                guard let offset = window.inputPixel(window.inputPosition(position, tap: tap)) else { continue }
                sum += power(abs(x[offset].double))
            }
            y[pixel] = Element(saturating: root(sum))
        }
    }

    private func power(_ value: Double) -> Double {
        switch order {
        case 1: value
        case 2: value * value
        default: pow(value, Double(order))
        }
    }

    private func root(_ sum: Double) -> Double {
        switch order {
        case 1: sum
        case 2: sum.squareRoot()
        default: pow(sum, 1 / Double(order))
        }
    }
}
