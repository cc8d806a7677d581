/// The division of sums over all pixels into chunks. It depends only on the number of pixels, so that neither threads
/// nor tiles change the bits. Each chunk's sums are written to a row of a table, whose rows are summed afterwards in
/// double precision.
struct ColumnChunks {
    let pixels: Int
    let count: Int

    init(pixels: Int) {
        self.pixels = pixels
        self.count = max(1, min(32, pixels / 256))
    }

    func range(_ chunk: Int) -> Range<Int> { partition(pixels, part: chunk, of: count) }

    /// The pixels of a chunk, divided into blocks that stay in the first-level cache while they are read twice.
    func blocks(_ chunk: Int, channels: Int) -> [Range<Int>] {
        let range = range(chunk)
        let step = max(1, 4096 / max(1, channels))
        return stride(from: range.lowerBound, to: range.upperBound, by: step).map {
            $0..<min($0 + step, range.upperBound)
        }
    }

    /// Sums the rows of a table.
    ///
    /// - Parameters:
    ///   - table: `count` rows, `pitch` floats apart.
    ///   - body: called with each column and its sum.
    func total(_ table: UnsafePointer<Float>, pitch: Int, columns: Int, _ body: (Int, Double) -> Void) {
        for column in 0..<columns {
            var sum = 0.0
            for chunk in 0..<count { sum += Double(table[chunk * pitch + column]) }
            body(column, sum)
        }
    }
}
