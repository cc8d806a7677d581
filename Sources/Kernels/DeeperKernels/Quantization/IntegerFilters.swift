internal import CDeeperKernels
internal import DeeperTensors

/// Integer filters as panels of columns for an ``IntegerRoutine``, packed once. Each panel begins with the sum of each
/// column's weights: a zero point of the rows contributes that sum times the zero point to a product.
struct IntegerFilters: Sendable {
    let panels: PackedFilters<Int8>
    private let routine: IntegerRoutine

    /// - Parameters:
    ///   - weights: [outputChannels, channelsPerGroup, taps...] row-major, with their zero points subtracted.
    ///   - runs: the number of equal parts of the terms; each part begins with a whole step.
    /// - Throws: the errors of `PackedFilters`.
    init(
        _ shape: ConvolutionShape, weights: Weights<Int16>, runs: Int, routine: IntegerRoutine, options: KernelOptions
    ) throws {
        self.routine = routine
        let steps = IntegerFilters.steps(shape.reduction / runs, routine)
        panels = try PackedFilters(
            shape, columnLength: 4 + runs * steps * 4, width: routine.panelWidth, name: "integers \(routine.name)",
            options: options)
        let (channels, taps) = (shape.channelsPerGroup, shape.window.taps)
        try panels.fill(weights, options) { weights, panel, target in
            let filters = weights + panel.filter * channels * taps
            let sums = UnsafeMutableRawPointer(target).assumingMemoryBound(to: Int32.self)
            for column in 0..<panel.columns {
                var sum: Int32 = 0
                for term in 0..<channels * taps { sum &+= Int32(filters[column * channels * taps + term]) }
                sums[column] = sum
            }
            routine.routine.pack(target + 4 * panel.paddedColumns, panel.columns, filters, channels, taps, runs)
        }
    }

    /// The number of steps of a run of `length` terms.
    static func steps(_ length: Int, _ routine: IntegerRoutine) -> Int {
        (length + routine.routine.step - 1) / routine.routine.step
    }

    /// The sums of a panel's columns, and its terms.
    func parts(_ panel: PackedFilters<Int8>.Panel) -> (sums: UnsafePointer<Int32>, terms: UnsafePointer<CChar>) {
        let start = UnsafeRawPointer(panels.elements + panel.offset)
        return (
            start.assumingMemoryBound(to: Int32.self),
            (start + 4 * panel.paddedColumns).assumingMemoryBound(to: CChar.self)
        )
    }
}
