/// A division of rows and columns into tiles of about 32768 elements: whole rows or, if there are fewer rows than
/// tiles, parts of a row.
struct StreamTiles: Sendable {
    let count: Int
    private let rows: Int, columns: Int
    /// The number of tiles of one row; 1 if tiles consist of whole rows.
    private let partsPerRow: Int
    /// Parts of rows begin at multiples of this number, so that two tiles seldom share a cache line.
    private static let alignment = 64

    /// - Parameter depth: the number of elements at each position of a row.
    init(rows: Int, columns: Int, depth: Int = 1, elementsPerTile: Int = 32768) {
        self.rows = rows
        self.columns = columns
        let wanted = max(1, rows * columns * depth / elementsPerTile)
        let most = (columns + StreamTiles.alignment - 1) / StreamTiles.alignment
        partsPerRow = rows == 0 || wanted <= rows ? 1 : max(1, min(most, wanted / rows))
        count = partsPerRow == 1 ? max(1, min(rows, wanted)) : rows * partsPerRow
    }

    /// Makes tiles of whole rows.
    init(wholeRows rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        partsPerRow = 1
        count = max(1, min(rows, rows * columns / 32768))
    }

    subscript(tile: Int) -> (rows: Range<Int>, columns: Range<Int>) {
        guard partsPerRow > 1 else { return (partition(rows, part: tile, of: count), 0..<columns) }
        let (row, part) = (tile / partsPerRow, tile % partsPerRow)
        let lines = (columns + StreamTiles.alignment - 1) / StreamTiles.alignment
        let range = partition(lines, part: part, of: partsPerRow)
        return (
            row..<row + 1,
            range.lowerBound * StreamTiles.alignment..<min(columns, range.upperBound * StreamTiles.alignment)
        )
    }
}
