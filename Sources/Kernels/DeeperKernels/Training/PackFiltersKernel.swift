internal import CDeeperKernels
internal import DeeperTensors

/// Packs filters for a ``PackedConvolutionKernel`` in every run. Operand 0: filters in ``FilterLayout``; 1: the panels.
///
/// For the data gradient of a convolution, the filters are reversed: a window's taps are in reverse order, and output
/// channels become input channels. The gradient of the input is then a convolution of the gradient of the output.
public final class PackFiltersKernel: Kernel {
    public var report: KernelReport { KernelReport(isReversed ? "pack reversed filters" : "pack filters") }
    public let tileCount: Int
    /// The number of floats of the panels.
    public let panelFloats: Int
    private let filters: PackedFilters<Float>
    private let shape: ConvolutionShape
    private let isReversed: Bool
    private let routine: ProductRoutine

    /// - Parameters:
    ///   - shape: the convolution that reads the panels; if they are reversed, the convolution of the output's
    ///     gradient.
    ///   - isReversed: whether `shape` is the data gradient of the convolution that the filters belong to.
    public init(_ shape: ConvolutionShape, isReversed: Bool, options: KernelOptions) {
        self.shape = shape
        self.isReversed = isReversed
        self.routine = options.product(for: shape)
        self.filters = PackedFilters<Float>(packedByStep: shape, for: routine)
        self.panelFloats = filters.elementCount(columnLength: shape.reduction)
        self.tileCount = max(1, filters.panels.count)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard tile < filters.panels.count else { return }
        let panel = filters.panels[tile]
        let target = operands.floats(1) + panel.offset
        target.update(repeating: 0, count: shape.reduction * panel.paddedColumns)
        if isReversed {
            packReversed(panel, UnsafePointer(operands.floats(0)), into: target)
        } else {
            routine.routine.pack(
                target, panel.columns, operands.floats(0) + panel.filter * shape.reduction, shape.reduction, 1)
        }
    }

    private func packReversed(
        _ panel: PackedFilters<Float>.Panel, _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
    ) {
        // In the forward convolution the panel's columns are input channels, its rows (tap, output channel).
        let (inputs, outputs, taps) = (shape.filtersPerGroup, shape.channelsPerGroup, shape.window.taps)
        let group = panel.filter / inputs
        let first = panel.filter % inputs
        for tap in 0..<taps {
            for output in 0..<outputs {
                let row = target + (tap * outputs + output) * panel.paddedColumns
                let filter = source + ((group * outputs + output) * taps + (taps - 1 - tap)) * inputs + first
                row.update(from: filter, count: panel.columns)
            }
        }
    }
}
