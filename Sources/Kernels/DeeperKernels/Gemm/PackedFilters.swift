internal import DeeperTensors

/// A convolution's filters as panels of columns for `ck_product`: packed once, read by every run.
///
/// `Element` is the type of the panels. A panel never extends over two groups or two outputs, so a product is written
/// to one place. Columns are padded with zeros.
struct PackedFilters<Element: TensorElement>: Sendable {
    struct Panel: Sendable {
        /// The index of the output that the columns belong to, and the first column's channel in it.
        var output: Int
        var outputChannel: Int
        /// The first column's filter, counted over all groups.
        var filter: Int
        var columns: Int
        /// The number of columns, including the zeros after them.
        var paddedColumns: Int
        /// The number of elements before the panel.
        var offset: Int
    }

    let panels: [Panel]
    /// The panels of each group.
    let groups: [Range<Int>]
    /// Nil if a step packs the panels again in every run.
    private let storage: AlignedStorage?
    /// Whether the panels have been packed already.
    private let isFilled: Bool

    /// - Parameters:
    ///   - columnLength: the number of rows of every panel.
    ///   - form: the form of packing, as part of the weights' name.
    /// - Throws: `limitExceeded` if memory is refused; `invalidModel` if there are weights of that name with another
    ///   size.
    init(_ shape: ConvolutionShape, columnLength: Int, form: String, options: KernelOptions) throws {
        let routine = options.product(for: shape)
        try self.init(
            shape, columnLength: columnLength, width: routine.panelWidth, name: "\(form) \(routine.name)",
            options: options)
    }

    /// - Parameter name: the form and the routine that the panels are for.
    init(
        _ shape: ConvolutionShape, columnLength: Int, width: PanelWidth, name: String, options: KernelOptions
    ) throws {
        let (panels, groups) = PackedFilters.panels(shape, columnLength, width)
        let count = panels.last.map { $0.offset + columnLength * $0.paddedColumns } ?? 0
        let byteCount = count * Element.elementType.byteCount
        if let preparation = options.preparation, let step = options.step {
            (storage, isFilled) = try preparation.storage(named: "\(step) \(name)", byteCount: byteCount)
        } else {
            (storage, isFilled) = (try AlignedStorage(byteCount: byteCount), false)
        }
        self.panels = panels
        self.groups = groups
    }

    /// The panels of filters that a step packs again in every run.
    init(packedByStep shape: ConvolutionShape, for routine: ProductRoutine) {
        (panels, groups) = PackedFilters.panels(shape, shape.reduction, routine.panelWidth)
        storage = nil
        isFilled = true
    }

    /// The number of elements of all panels.
    func elementCount(columnLength: Int) -> Int {
        panels.last.map { $0.offset + columnLength * $0.paddedColumns } ?? 0
    }

    /// Writes all panels, now or when the plan is prepared, unless they have been packed already.
    ///
    /// - Parameter pack: writes one panel, whose elements are zero before.
    func fill<Source: TensorElement>(
        _ weights: Weights<Source>, _ options: KernelOptions,
        _ pack:
            @escaping @Sendable (
                _ weights: UnsafePointer<Source>, _ panel: Panel, _ target: UnsafeMutablePointer<Element>
            ) -> Void
    ) throws {
        guard !isFilled, let storage else { return }
        try options.pack(weights) { [storage, panels] weights in
            // Non-nil: AlignedStorage never hands out an empty block.
            let target = storage.mutableBytes.bindMemory(to: Element.self).baseAddress!
            for panel in panels { pack(weights, panel, target + panel.offset) }
        }
    }

    var byteCount: Int { storage?.byteCount ?? 0 }

    /// Whether the panels are an operand that a step writes.
    var isPackedByStep: Bool { storage == nil }

    /// The panels' elements.
    ///
    /// - Precondition: no step packs them.
    var elements: UnsafePointer<Element> { storage!.bytes.assumingMemoryBound(to: Element.self).baseAddress! }

    private static func panels(
        _ shape: ConvolutionShape, _ columnLength: Int, _ width: PanelWidth
    ) -> ([Panel], [Range<Int>]) {
        var panels: [Panel] = []
        var groups: [Range<Int>] = []
        var offset = 0
        for group in 0..<shape.groups {
            let own = group * shape.filtersPerGroup..<(group + 1) * shape.filtersPerGroup
            let firstPanel = panels.count
            var firstFilter = 0
            for (output, part) in shape.outputs.enumerated() {
                let filters = own.clamped(to: firstFilter..<firstFilter + part.channels)
                for filter in stride(from: filters.lowerBound, to: filters.upperBound, by: width.columns) {
                    let columns = min(width.columns, filters.upperBound - filter)
                    let padded = width.padded(columns)
                    panels.append(
                        Panel(
                            output: output, outputChannel: filter - firstFilter, filter: filter, columns: columns,
                            paddedColumns: padded, offset: offset))
                    offset += columnLength * padded
                }
                firstFilter += part.channels
            }
            groups.append(firstPanel..<panels.count)
        }
        return (panels, groups)
    }
}

/// The width of panels: at most `columns` columns, padded to whole registers.
struct PanelWidth: Sendable {
    var columns: Int
    var register: Int

    func padded(_ columns: Int) -> Int { (columns + register - 1) / register * register }
}
