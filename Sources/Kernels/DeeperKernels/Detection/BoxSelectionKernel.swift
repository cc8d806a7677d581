internal import DeeperTensors

/// The best boxes of each image in a fixed number of rows, without those that overlap a better one of their class too
/// much.
///
/// Operands: boxes (images, boxes, 4) as (x1, y1, x2, y2), scores (images, classes, boxes), rows (images, rows, 7) as
/// (image, class, score, x1, y1, x2, y2) and, if they are wanted, the numbers of their boxes (images, rows) in int64.
/// Rows after the last box are -1. One tile per image.
public final class BoxSelectionKernel: Kernel {
    /// Which boxes are taken, and in which order.
    public struct Selection: Sendable {
        var leastScore: Float
        var overlap: Float
        var candidates: Int
        var boxesOfClass: Int
        var background: Int
        var isByClass: Bool

        /// - Parameters:
        ///   - leastScore: boxes must have a score above this.
        ///   - overlap: the largest intersection over union that two boxes of a class may have.
        ///   - candidates: how many boxes of a class, the best ones, are looked at.
        ///   - boxesOfClass: how many boxes of a class are taken at most.
        ///   - background: the class whose boxes are not taken, or -1.
        ///   - isByClass: whether rows are ordered by class first and then by score; otherwise by score only.
        public init(
            leastScore: Float, overlap: Float, candidates: Int, boxesOfClass: Int, background: Int, isByClass: Bool
        ) {
            self.leastScore = leastScore
            self.overlap = overlap
            self.candidates = candidates
            self.boxesOfClass = boxesOfClass
            self.background = background
            self.isByClass = isByClass
        }
    }

    public var report: KernelReport { KernelReport("box selection") }
    public let tileCount: Int
    public let scratchByteCount: Int
    private let selection: Selection
    private let givesNumbers: Bool
    private let images: Int, classes: Int, boxes: Int, rows: Int
    /// The largest number of boxes of a class that are taken.
    private let most: Int
    private let keyBytes: Int

    /// - Precondition: `classes * boxes` is below 2^32, and `candidates` is not negative.
    public init(
        _ selection: Selection, images: Int, classes: Int, boxes: Int, rows: Int, givesNumbers: Bool = true
    ) {
        precondition(classes * boxes < 1 << 32 && selection.candidates >= 0 && selection.boxesOfClass >= 0)
        self.selection = selection
        self.givesNumbers = givesNumbers
        self.images = images
        self.classes = classes
        self.boxes = boxes
        self.rows = rows
        tileCount = max(1, images)
        keyBytes = ((boxes + rows) * MemoryLayout<RankedBox>.stride + 63) & ~63
        most = min(selection.candidates, selection.boxesOfClass, boxes)
        scratchByteCount = keyBytes + ChosenBoxes.byteCount(most)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard tile < images else { return }
        let corners = operands.floats(0) + tile * boxes * 4
        let scores = operands.floats(1) + tile * classes * boxes
        let keys = scratch.base.assumingMemoryBound(to: RankedBox.self)
        let best = keys + boxes
        let count = select(scores, corners, candidates: keys, chosen: scratch.base + keyBytes, into: best)
        if selection.isByClass {
            Heap.sort(best, count) { [boxes] in ($0.index / boxes, $0) < ($1.index / boxes, $1) }
        } else {
            Heap.sort(best, count, <)
        }
        let row = operands.floats(2) + tile * rows * 7
        let numbers = givesNumbers ? operands.typed(3, as: Int64.self) + tile * rows : nil
        for place in 0..<rows {
            let values = row + place * 7
            guard place < count else {
                for column in 0..<7 { values[column] = -1 }
                numbers?[place] = -1
                continue
            }
            let (label, box) = best[place].index.quotientAndRemainder(dividingBy: boxes)
            values[0] = Float(tile)
            values[1] = Float(label)
            values[2] = scores[best[place].index]
            for corner in 0..<4 { values[3 + corner] = corners[box * 4 + corner] }
            numbers?[place] = Int64(box)
        }
    }

    /// Selects the best boxes of all classes, in no order.
    ///
    /// - Returns: how many there are, at most ``rows``.
    private func select(
        _ scores: UnsafePointer<Float>, _ corners: UnsafePointer<Float>,
        candidates: UnsafeMutablePointer<RankedBox>, chosen: UnsafeMutableRawPointer,
        into best: UnsafeMutablePointer<RankedBox>
    ) -> Int {
        var count = 0
        for label in 0..<classes where label != selection.background {
            let first = label * boxes
            var left = 0
            for box in 0..<boxes where scores[first + box] > selection.leastScore {
                candidates[left] = RankedBox(score: scores[first + box], index: first + box)
                left += 1
            }
            // The best candidate is on top; often only a few of them are needed.
            Heap.build(candidates, left, >)
            var others = ChosenBoxes(chosen, most)
            for _ in 0..<min(left, selection.candidates) {
                let candidate = candidates[0]
                // All others of this class are worse than the worst box so far.
                if others.count == most || count == rows && !(candidate < best[0]) { break }
                left -= 1
                candidates[0] = candidates[left]
                Heap.sift(candidates, left, >)
                let isChosen = others.insert(corners + (candidate.index - first) * 4, overlap: selection.overlap)
                guard isChosen else { continue }
                if count < rows {
                    best[count] = candidate
                    count += 1
                    if count == rows { Heap.build(best, count, <) }
                } else {
                    best[0] = candidate
                    Heap.sift(best, count, <)
                }
            }
        }
        return count
    }
}

/// A box of a class and its score as one number: a smaller number is a better box, and of equal scores the first box
/// is better.
private struct RankedBox: Comparable {
    private let key: UInt64

    /// - Parameters:
    ///   - score: not NaN.
    ///   - index: the box's place among those of all classes.
    @inline(__always)
    init(score: Float, index: Int) {
        // Adding 0 makes -0 equal to 0.
        let bits = (score + 0).bitPattern
        let ascending = bits >> 31 == 1 ? ~bits : bits | 1 << 31
        key = UInt64(~ascending) << 32 | UInt64(index)
    }

    var index: Int { Int(key & 0xFFFF_FFFF) }

    @inline(__always)
    static func < (a: RankedBox, b: RankedBox) -> Bool { a.key < b.key }
}
