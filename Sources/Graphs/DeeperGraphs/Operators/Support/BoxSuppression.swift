import DeeperTensors

/// Selects the best boxes of each image and class, without those that overlap a better one too much.
struct BoxSuppression {
    /// Whether a box is (centre x, centre y, width, height); otherwise it is two opposite corners (y1, x1, y2, x2).
    var isCentered: Bool
    /// The largest intersection over union that two selected boxes may have.
    var overlap: Float
    /// Boxes must have a score above this.
    var leastScore: Float?
    /// The largest number of boxes for one image and class.
    var mostBoxes: Int

    private struct Box {
        var x: ClosedRange<Float>
        var y: ClosedRange<Float>
        var area: Float { (x.upperBound - x.lowerBound) * (y.upperBound - y.lowerBound) }
    }

    /// - Parameters:
    ///   - boxes: [N, boxes, 4].
    ///   - scores: [N, classes, boxes].
    /// - Returns: image, class and box number of every selected box, ordered by image, by class and by descending
    ///   score. Boxes of equal scores keep their order.
    func select(boxes: Tensor, scores: Tensor) throws -> [[Int]] {
        let (count, classes) = (boxes.shape[1], scores.shape[1])
        let numbers = try boxes.elements(as: Float.self)
        let scores = try scores.elements(as: Float.self)
        var result: [[Int]] = []
        for image in 0..<boxes.shape[0] {
            let boxes = (0..<count).map { box(Array(numbers[(image * count + $0) * 4..<(image * count + $0 + 1) * 4])) }
            for label in 0..<classes {
                let first = (image * classes + label) * count
                result += select(boxes, Array(scores[first..<first + count])).map { [image, label, $0] }
            }
        }
        return result
    }

    private func select(_ boxes: [Box?], _ scores: [Float]) -> [Int] {
        // NaN ranks below every number.
        func rank(_ index: Int) -> Float { scores[index].isNaN ? -.infinity : scores[index] }
        let candidates = scores.indices.filter { index in leastScore.map { scores[index] > $0 } ?? true }
            .sorted { (rank($1), $0) < (rank($0), $1) }
        var chosen: [Int] = []
        for candidate in candidates where chosen.count < mostBoxes {
            if !chosen.contains(where: { overlaps(boxes[candidate], boxes[$0]) }) { chosen.append(candidate) }
        }
        return chosen
    }

    /// Returns nil for a box without area or with a NaN coordinate, which overlaps nothing.
    private func box(_ numbers: [Float]) -> Box? {
        let ends: (x: (Float, Float), y: (Float, Float)) =
            isCentered
            ? (
                (numbers[0] - numbers[2] / 2, numbers[0] + numbers[2] / 2),
                (numbers[1] - numbers[3] / 2, numbers[1] + numbers[3] / 2)
            )
            : (
                (min(numbers[1], numbers[3]), max(numbers[1], numbers[3])),
                (min(numbers[0], numbers[2]), max(numbers[0], numbers[2]))
            )
        guard ends.x.0 < ends.x.1, ends.y.0 < ends.y.1 else { return nil }
        let box = Box(x: ends.x.0...ends.x.1, y: ends.y.0...ends.y.1)
        return box.area > 0 ? box : nil
    }

    private func overlaps(_ a: Box?, _ b: Box?) -> Bool {
        guard let a, let b else { return false }
        let width = min(a.x.upperBound, b.x.upperBound) - max(a.x.lowerBound, b.x.lowerBound)
        let height = min(a.y.upperBound, b.y.upperBound) - max(a.y.lowerBound, b.y.lowerBound)
        guard width > 0, height > 0, case let common = width * height, common > 0 else { return false }
        return common / (a.area + b.area - common) > overlap
    }
}
