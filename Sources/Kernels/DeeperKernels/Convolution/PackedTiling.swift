/// A product that stops far below `Int.max`, so that sums of it and a little more do not overflow.
func saturated(_ factors: Int...) -> Int {
    factors.reduce(1) { product, factor in
        let (result, overflow) = product.multipliedReportingOverflow(by: factor)
        return overflow ? 1 << 60 : min(result, 1 << 60)
    }
}

/// How many tiles the work of one group is cut into: blocks of rows by blocks of panels.
///
/// By geometry and the number of workers. An element's bits do not depend on the block that it is computed in, so only
/// speed depends on this: a tile should be worth waking a worker for, small enough to share out evenly, and keep its
/// rows in the second-level cache.
struct PackedTiling: Sendable {
    let rowBlocks: Int
    let panelBlocks: Int

    /// About 15 microseconds of one core.
    private static let macsPerTile = 1_250_000
    /// Tiles beyond which splitting the panels too gains nothing.
    private static let enoughTiles = 32

    /// The work of all rows with all panels of one group.
    struct Work {
        /// Pieces that rows can be cut into.
        var units: Int
        var panels: Int
        var macCount: Int
        /// Read by all rows together, and by any of them.
        var rowFloats: Int
        var weightFloats: Int
        /// Floats of rows that a tile should have at most.
        var rowFloatsPerTile: Int
        /// The most blocks of panels: each prepares its rows anew.
        var mostPanelBlocks: Int
        /// The workers among whom the tiles are shared out.
        var workers: Int
    }

    /// Blocks of rows where each is multiplied by all panels.
    static func bandCount(units: Int, macCount: Int, rowFloats: Int, rowFloatsPerTile: Int, workers: Int) -> Int {
        let wanted = max(macCount / macsPerTile, (rowFloats + rowFloatsPerTile - 1) / rowFloatsPerTile)
        return min(max(units, 1), multiple(of: workers, from: wanted))
    }

    /// The least positive multiple of `workers` that is at least `count`: equally many tiles for each.
    static func multiple(of workers: Int, from count: Int) -> Int {
        max(1, (count + workers - 1) / workers) * workers
    }

    init(_ work: Work) {
        let units = max(work.units, 1)
        let panels = min(max(work.panels, 1), max(work.mostPanelBlocks, 1))
        let wanted = PackedTiling.multiple(of: work.workers, from: work.macCount / PackedTiling.macsPerTile)
        var rows = min(units, max(1, (work.rowFloats + work.rowFloatsPerTile - 1) / work.rowFloatsPerTile))
        var columns = 1
        if rows < wanted {
            // Whoever shares the weights reads all rows, and the other way round: split what is larger.
            if work.weightFloats <= work.rowFloats { rows = min(units, wanted) }
            columns = min(panels, (min(wanted, max(PackedTiling.enoughTiles, work.workers)) + rows - 1) / rows)
        }
        rowBlocks = rows
        panelBlocks = columns
    }
}
