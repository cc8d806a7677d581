#if CommandLine
import Deeper

/// A square picture to draw on. Coordinates are pixels from the upper left corner, colours 0xRRGGBB.
struct Canvas {
    static let side = 128

    private var pixels = [UInt8](repeating: 0, count: 3 * side * side)

    /// A shape to draw over the picture.
    enum Mark {
        /// Whole rows, from the first colour down to the second.
        case rows(Range<Int>, from: Int, to: Int)
        case polygon(Int, [(x: Double, y: Double)])
        case ellipse(Int, x: Double, y: Double, radii: (x: Double, y: Double))
        /// Circles side by side.
        case dots(Int, x: StrideTo<Double>, y: Double, radius: Double)
        /// A line with round ends.
        case line(Int, from: (x: Double, y: Double), to: (x: Double, y: Double), width: Double)
    }

    mutating func draw(_ mark: Mark) {
        switch mark {
        case .rows(let rows, let first, let last):
            paint { _, y in
                guard y >= Double(rows.lowerBound), y < Double(rows.upperBound) else { return nil }
                let share = (y - Double(rows.lowerBound)) / Double(rows.count)
                return Canvas.channels(first) * (1 - share) + Canvas.channels(last) * share
            }
        case .polygon(let colour, let corners):
            paint { x, y in Canvas.holds(corners, x, y) ? Canvas.channels(colour) : nil }
        case .ellipse(let colour, let centreX, let centreY, let radii):
            paint { x, y in
                let (dx, dy) = ((x - centreX) / radii.x, (y - centreY) / radii.y)
                return dx * dx + dy * dy <= 1 ? Canvas.channels(colour) : nil
            }
        case .dots(let colour, let places, let y, let radius):
            for x in places { draw(.ellipse(colour, x: x, y: y, radii: (radius, radius))) }
        case .line(let colour, let start, let end, let width):
            let (dx, dy) = (end.x - start.x, end.y - start.y)
            paint { x, y in
                let along = min(1, max(0, ((x - start.x) * dx + (y - start.y) * dy) / (dx * dx + dy * dy)))
                let (offX, offY) = (x - start.x - along * dx, y - start.y - along * dy)
                return offX * offX + offY * offY <= width * width / 4 ? Canvas.channels(colour) : nil
            }
        }
    }

    func picture() throws -> Picture { try Picture(width: Canvas.side, height: Canvas.side, pixels: pixels) }

    private mutating func paint(_ colour: (_ x: Double, _ y: Double) -> SIMD3<Double>?) {
        for row in 0..<Canvas.side {
            for column in 0..<Canvas.side {
                guard let colour = colour(Double(column) + 0.5, Double(row) + 0.5) else { continue }
                let place = 3 * (row * Canvas.side + column)
                for channel in 0..<3 { pixels[place + channel] = UInt8(colour[channel]) }
            }
        }
    }

    private static func channels(_ colour: Int) -> SIMD3<Double> {
        SIMD3(Double(colour >> 16 & 255), Double(colour >> 8 & 255), Double(colour & 255))
    }

    /// Whether a polygon contains a point, by the even-odd rule.
    private static func holds(_ corners: [(x: Double, y: Double)], _ x: Double, _ y: Double) -> Bool {
        var isInside = false
        for (index, from) in corners.enumerated() {
            let to = corners[(index + 1) % corners.count]
            guard (from.y <= y) != (to.y <= y) else { continue }
            if x >= from.x + (y - from.y) * (to.x - from.x) / (to.y - from.y) { isInside.toggle() }
        }
        return isInside
    }
}
#endif
