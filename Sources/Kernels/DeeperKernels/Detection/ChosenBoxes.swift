/// Boxes of which no two overlap too much, eight at a time in vectors.
struct ChosenBoxes {
    private typealias Eight = SIMD8<Float>

    private(set) var count = 0
    private let left: UnsafeMutablePointer<Eight>
    private let top: UnsafeMutablePointer<Eight>
    private let right: UnsafeMutablePointer<Eight>
    private let bottom: UnsafeMutablePointer<Eight>
    private let area: UnsafeMutablePointer<Eight>

    /// The memory for at most so many boxes.
    static func byteCount(_ most: Int) -> Int { 5 * ((most + 7) / 8) * MemoryLayout<Eight>.stride }

    /// - Parameter memory: ``byteCount(_:)`` bytes.
    init(_ memory: UnsafeMutableRawPointer, _ most: Int) {
        let vectors = memory.assumingMemoryBound(to: Eight.self)
        let length = (most + 7) / 8
        left = vectors
        top = vectors + length
        right = vectors + 2 * length
        bottom = vectors + 3 * length
        area = vectors + 4 * length
    }

    /// Adds a box (x1, y1, x2, y2) unless its intersection over union with one of the others is larger than `overlap`.
    /// A box whose second corner is not after its first overlaps nothing.
    @inline(__always)
    mutating func insert(_ box: UnsafePointer<Float>, overlap: Float) -> Bool {
        let (x1, y1, x2, y2) = (box[0], box[1], box[2], box[3])
        let own = x2 > x1 && y2 > y1 ? (x2 - x1) * (y2 - y1) : 0
        let vectors = (count + 7) / 8
        for vector in 0..<vectors {
            let width = smaller(right[vector], x2) - larger(left[vector], x1)
            let height = smaller(bottom[vector], y2) - larger(top[vector], y1)
            let doMeet = (width .> 0) .& (height .> 0)
            let common = width * height
            let ratio = common / (area[vector] + own - common)
            if any(doMeet .& (ratio .> overlap)) { return false }
        }
        let (vector, lane) = count.quotientAndRemainder(dividingBy: 8)
        if lane == 0 {
            // Lanes without a box meet nothing.
            left[vector] = Eight(repeating: .infinity)
            right[vector] = Eight(repeating: -.infinity)
            (top[vector], bottom[vector], area[vector]) = (Eight(), Eight(), Eight())
        }
        left[vector][lane] = x1
        top[vector][lane] = y1
        right[vector][lane] = x2
        bottom[vector][lane] = y2
        area[vector][lane] = own
        count += 1
        return true
    }

    @inline(__always)
    private func smaller(_ a: Eight, _ b: Float) -> Eight { a.replacing(with: Eight(repeating: b), where: a .> b) }

    @inline(__always)
    private func larger(_ a: Eight, _ b: Float) -> Eight { a.replacing(with: Eight(repeating: b), where: a .< b) }
}
