/// How many tiles the work of one group is cut into: blocks of rows by blocks of panels.
///
/// By geometry alone. An element's bits do not depend on the block that it is computed in, so only speed depends on
/// this: a tile should be worth waking a worker for, small enough to share out evenly, and keep its rows in the
/// second-level cache.
struct PackedTiling: Sendable {
    let rowBlocks: Int
    let panelBlocks: Int

    /// About 30 microseconds of one core.
    private static let macsPerTile = 2_500_000
    private static let floatsPerTile = 80 * 1024

    /// - Parameters:
    ///   - units: pieces that rows can be cut into.
    ///   - macCount: of all units.
    ///   - rowFloats, weightFloats: read by all units, and by any unit.
    init(units: Int, panels: Int, macCount: Int, rowFloats: Int, weightFloats: Int) {
        let units = max(units, 1)
        let panels = max(panels, 1)
        let wanted = max(1, (macCount / PackedTiling.macsPerTile + 1) / 2 * 2)
        var rows = min(units, max(1, (rowFloats + PackedTiling.floatsPerTile - 1) / PackedTiling.floatsPerTile))
        var columns = 1
        if rows < wanted {
            // Whoever shares the weights reads all rows, and the other way round: split what is larger.
            if weightFloats > rowFloats { columns = min(panels, (wanted + rows - 1) / rows) }
            rows = min(units, max(rows, (wanted + columns - 1) / columns))
            columns = min(panels, max(columns, (wanted + rows - 1) / rows))
        }
        rowBlocks = rows
        panelBlocks = columns
    }
}
