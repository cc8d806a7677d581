internal import DeeperTensors

/// Rotates pairs of elements of every row by the angles of its position: (x, y) becomes (cos x - sin y, sin x + cos y).
/// Elements after the pairs are copied unchanged.
///
/// Operands: X, cosines, sines, positions (int64) if there are any, Y. With positions, the tables have a row for each
/// position, and positions must be within the tables; without, they have a row for each row of each image.
public final class RotaryKernel: Kernel {
    public var report: KernelReport { KernelReport("rotary embedding") }
    public let tileCount: Int
    private let form: Form
    private let strides: AttentionShape.Strides

    /// What is rotated, and how.
    public struct Form: Sendable {
        public var images: Int, heads: Int, rows: Int
        /// The number of elements of a row of one head.
        public var width: Int
        /// The number of pairs among these elements.
        public var pairs: Int
        /// Whether the rows of all heads are interleaved: [image, row, head, width].
        public var isInterleaved: Bool
        /// Whether the elements of a pair are neighbours; otherwise they are in the two halves of the row.
        public var hasNeighbours: Bool
        /// The number of rows of the tables, if positions select them.
        public var positions: Int?

        public init(
            images: Int, heads: Int, rows: Int, width: Int, pairs: Int, isInterleaved: Bool, hasNeighbours: Bool,
            positions: Int?
        ) {
            precondition(2 * pairs <= width)
            self.images = images
            self.heads = heads
            self.rows = rows
            self.width = width
            self.pairs = pairs
            self.isInterleaved = isInterleaved
            self.hasNeighbours = hasNeighbours
            self.positions = positions
        }
    }

    public init(_ form: Form) {
        self.form = form
        strides = AttentionShape.Strides(
            heads: form.heads, rows: form.rows, width: form.width, isInterleaved: form.isInterleaved)
        let all = form.images * form.heads * form.rows
        tileCount = streamingTileCount(elements: all * form.width, rows: all)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard form.width > 0 else { return }
        for index in partition(form.images * form.heads * form.rows, part: tile, of: tileCount) {
            let (row, head) = (index % form.rows, index / form.rows % form.heads)
            let image = index / (form.rows * form.heads)
            var angles = image * form.rows + row
            if let positions = form.positions {
                let position = operands.typed(3, as: Int64.self)[angles]
                guard (0..<Int64(positions)).contains(position) else { return operands.report(.indexOutOfRange) }
                angles = Int(position)
            }
            let first = image * strides.image + head * strides.head + row * strides.row
            rotate(
                operands.floats(0) + first, operands.floats(1) + angles * form.pairs,
                operands.floats(2) + angles * form.pairs, operands.floats(form.positions == nil ? 3 : 4) + first)
        }
    }

    private func rotate(
        _ x: UnsafePointer<Float>, _ cosines: UnsafePointer<Float>, _ sines: UnsafePointer<Float>,
        _ y: UnsafeMutablePointer<Float>
    ) {
        if form.hasNeighbours {
            for pair in 0..<form.pairs {
                let (a, b) = (x[2 * pair], x[2 * pair + 1])
                y[2 * pair] = cosines[pair] * a - sines[pair] * b
                y[2 * pair + 1] = sines[pair] * a + cosines[pair] * b
            }
        } else {
            let (second, target) = (x + form.pairs, y + form.pairs)
            for pair in 0..<form.pairs {
                y[pair] = cosines[pair] * x[pair] - sines[pair] * second[pair]
                target[pair] = sines[pair] * x[pair] + cosines[pair] * second[pair]
            }
        }
        let rest = 2 * form.pairs
        (y + rest).update(from: x + rest, count: form.width - rest)
    }
}
