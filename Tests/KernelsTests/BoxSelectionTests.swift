import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite("box selection, by the definition") struct BoxSelectionTests {
    private struct Settings {
        var leastScore: Float = 0.2
        var overlap: Float = 0.4
        var candidates = Int.max
        var boxesOfClass = Int.max
        var background = -1
        var isByClass = false
    }

    private struct Row: Equatable {
        var label: Int
        var box: Int
        var score: Float
    }

    private func overlap(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
        let (a, b) = (Array(a), Array(b))
        func area(_ box: [Float]) -> Float {
            box[2] > box[0] && box[3] > box[1] ? (box[2] - box[0]) * (box[3] - box[1]) : 0
        }
        let (width, height) = (min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1]))
        guard width > 0, height > 0 else { return 0 }
        return width * height / (area(a) + area(b) - width * height)
    }

    /// All boxes of all classes in the order of their scores, one after the other.
    private func expected(_ boxes: [Float], _ scores: [Float], classes: Int, rows: Int, _ settings: Settings) -> [Row] {
        let count = boxes.count / 4
        var all: [Row] = []
        for label in 0..<classes where label != settings.background {
            var left = (0..<count).map { Row(label: label, box: $0, score: scores[label * count + $0]) }
                .filter { $0.score > settings.leastScore }
            left = Array(stable(left).prefix(settings.candidates))
            var chosen: [Row] = []
            for row in left where chosen.count < settings.boxesOfClass {
                let own = boxes[4 * row.box..<4 * row.box + 4]
                let isFree = chosen.allSatisfy {
                    !(overlap(own, boxes[4 * $0.box..<4 * $0.box + 4]) > settings.overlap)
                }
                if isFree { chosen.append(row) }
            }
            all += chosen
        }
        let best = stable(all).prefix(rows)
        guard settings.isByClass else { return Array(best) }
        return (0..<classes).flatMap { label in best.filter { $0.label == label } }
    }

    /// By descending score; equal scores keep their order.
    private func stable(_ rows: [Row]) -> [Row] {
        rows.enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }.map(\.element)
    }

    private func check(
        images: Int = 2, classes: Int, boxes count: Int, rows: Int, _ settings: Settings, scores given: [Float]? = nil,
        boxes givenBoxes: [Float]? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var generator = SeededGenerator(seed: UInt64(classes * 1000 + count))
        let scores = given ?? generator.floats(images * classes * count).map { ($0 * 20).rounded() / 20 }
        var boxes = givenBoxes ?? generator.floats(images * count * 4)
        if givenBoxes == nil {
            // Mostly corners in order; a few boxes have no area.
            for box in 0..<images * count where box % 7 != 0 {
                boxes[4 * box + 2] = boxes[4 * box] + abs(boxes[4 * box + 2])
                boxes[4 * box + 3] = boxes[4 * box + 1] + abs(boxes[4 * box + 3])
            }
        }
        let selection = BoxSelectionKernel.Selection(
            leastScore: settings.leastScore, overlap: settings.overlap, candidates: settings.candidates,
            boxesOfClass: settings.boxesOfClass, background: settings.background, isByClass: settings.isByClass)
        let result = try exercise(
            BoxSelectionKernel(selection, images: images, classes: classes, boxes: count, rows: rows),
            inputs: [Input(boxes), Input(scores)],
            outputs: [Output(.float32, count: images * rows * 7), Output(.int64, count: images * rows)],
            sourceLocation: sourceLocation)
        let (found, numbers) = (result.elements(0, as: Float.self), result.elements(1, as: Int64.self))
        for image in 0..<images {
            let own = Array(boxes[image * count * 4..<(image + 1) * count * 4])
            let wanted = expected(
                own, Array(scores[image * classes * count..<(image + 1) * classes * count]), classes: classes,
                rows: rows, settings)
            for place in 0..<rows {
                let row = Array(found[(image * rows + place) * 7..<(image * rows + place + 1) * 7])
                let number = Int(numbers[image * rows + place])
                guard place < wanted.count else {
                    #expect(row == Array(repeating: -1, count: 7) && number == -1, sourceLocation: sourceLocation)
                    continue
                }
                let corners = own[4 * wanted[place].box..<4 * wanted[place].box + 4]
                #expect(
                    row == [Float(image), Float(wanted[place].label), wanted[place].score] + corners
                        && number == wanted[place].box, "image \(image), row \(place)", sourceLocation: sourceLocation)
            }
        }
    }

    @Test("any number of classes, boxes and rows; many scores are equal") func extents() throws {
        for (classes, boxes, rows) in [(1, 1, 1), (3, 40, 5), (3, 40, 120), (21, 17, 30), (2, 300, 64), (5, 8, 8)] {
            for isByClass in [false, true] {
                try check(classes: classes, boxes: boxes, rows: rows, Settings(isByClass: isByClass))
            }
        }
    }

    @Test("bounds of candidates and of boxes of a class, the background, thresholds") func bounds() throws {
        for settings in [
            Settings(candidates: 5), Settings(candidates: 1), Settings(candidates: 0), Settings(boxesOfClass: 2),
            Settings(candidates: 9, boxesOfClass: 3, isByClass: true), Settings(background: 0),
            Settings(background: 2, isByClass: true), Settings(background: 7), Settings(leastScore: 0.99),
            Settings(leastScore: -.greatestFiniteMagnitude, overlap: 0), Settings(overlap: 1),
            Settings(leastScore: -2, overlap: 0.9),
        ] {
            try check(classes: 4, boxes: 50, rows: 25, settings)
        }
    }

    @Test("scores that are no numbers are never taken, and zeros of both signs are equal") func oddScores() throws {
        let scores: [Float] = [.nan, -0.0, 0, .infinity, -.infinity, 0.5, -0.0, .nan]
        let boxes = (0..<8).flatMap { box -> [Float] in [Float(box), 0, Float(box) + 1, 1] }
        try check(
            images: 1, classes: 1, boxes: 8, rows: 8, Settings(leastScore: -1), scores: scores, boxes: boxes)
        try check(
            images: 1, classes: 2, boxes: 4, rows: 8, Settings(leastScore: -.infinity), scores: scores,
            boxes: Array(boxes.prefix(16)))
    }

    @Test("no pictures") func noPictures() throws {
        try check(images: 0, classes: 2, boxes: 3, rows: 2, Settings(), scores: [], boxes: [])
    }
}
