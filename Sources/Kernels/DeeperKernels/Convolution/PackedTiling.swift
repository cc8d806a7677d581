/// A product that saturates far below `Int.max`, so that small additions to it do not overflow.
func saturated(_ factors: Int...) -> Int {
    factors.reduce(1) { product, factor in
        let (result, overflow) = product.multipliedReportingOverflow(by: factor)
        return overflow ? 1 << 60 : min(result, 1 << 60)
    }
}

/// How many tiles the work of one group is cut into: blocks of rows by blocks of panels.
///
/// It depends on the geometry and the number of workers. An element's bits do not depend on its block, so this affects
/// only speed: a tile should be large enough to be worth waking a worker for, small enough for an even distribution,
/// and its rows should stay in the second-level cache.
struct PackedTiling: Sendable {
    let rowBlocks: Int
    let panelBlocks: Int

    /// About 15 microseconds of work for one core.
    private static let macsPerTile = 1_250_000
    /// The number of tiles beyond which splitting the panels as well gains nothing.
    private static let enoughTiles = 32

    /// The work of all rows with all panels of one group.
    struct Work {
        /// The number of pieces that the rows can be cut into.
        var units: Int
        var panels: Int
        var macCount: Int
        /// The floats that all rows together read, and the weights, which every block of rows reads.
        var rowFloats: Int
        var weightFloats: Int
        /// The largest number of floats that the rows of a tile should have.
        var rowFloatsPerTile: Int
        /// The largest number of blocks of panels; rows are prepared again for each.
        var mostPanelBlocks: Int
        /// The number of workers that the tiles are divided among.
        var workers: Int
    }

    /// The number of blocks of rows if each is multiplied by all panels.
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
            // Blocks of panels each read all rows, and blocks of rows each read all weights, so the larger of the two
            // is split.
            if work.weightFloats <= work.rowFloats { rows = min(units, wanted) }
            columns = min(panels, (min(wanted, max(PackedTiling.enoughTiles, work.workers)) + rows - 1) / rows)
        }
        rowBlocks = rows
        panelBlocks = columns
    }
}
