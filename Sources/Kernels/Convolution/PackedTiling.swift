/// How many tiles the work of one group is cut into: blocks of rows by blocks of panels.
///
/// By geometry alone. An element's bits do not depend on the block that it is computed in, so only speed depends on
/// this: a tile should be worth waking a worker for, small enough to share out evenly, and keep its rows in the
/// second-level cache.
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
    }

    /// Blocks of rows where each is multiplied by all panels.
    static func bandCount(units: Int, macCount: Int, rowFloats: Int, rowFloatsPerTile: Int) -> Int {
        min(
            max(units, 1),
            max(1, macCount / macsPerTile, (rowFloats + rowFloatsPerTile - 1) / rowFloatsPerTile))
    }

    init(_ work: Work) {
        let units = max(work.units, 1)
        let panels = min(max(work.panels, 1), max(work.mostPanelBlocks, 1))
        // An even number, for two workers.
        let wanted = max(1, (work.macCount / PackedTiling.macsPerTile + 1) / 2 * 2)
        var rows = min(units, max(1, (work.rowFloats + work.rowFloatsPerTile - 1) / work.rowFloatsPerTile))
        var columns = 1
        if rows < wanted {
            // Whoever shares the weights reads all rows, and the other way round: split what is larger.
            if work.weightFloats <= work.rowFloats { rows = min(units, wanted) }
            columns = min(panels, (min(wanted, PackedTiling.enoughTiles) + rows - 1) / rows)
        }
        rowBlocks = rows
        panelBlocks = columns
    }
}
