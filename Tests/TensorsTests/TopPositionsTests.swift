import DeeperTestSupport
import Testing

@testable import DeeperTensors

struct TopPositionsTests {
    private func top(_ values: [Float], _ count: Int) -> [Int] {
        values.withUnsafeBufferPointer { topPositions($0, count) }
    }

    @Test("best first, equal numbers by position, NaN last") func order() {
        let values: [Float] = [.nan, 1, 3, -.infinity, 3, .nan, .infinity]
        let expected = [6, 2, 4, 1, 3, 0, 5]
        for count in 0...values.count { #expect(top(values, count) == Array(expected.prefix(count)), "\(count)") }
        #expect(top(values, 100) == expected && top(values, -1) == [] && top([], 3) == [])
    }

    @Test("as a stable sort has them", arguments: [0, 1, 2, 7, 64, 999, 1000]) func sorted(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        // Few different numbers, so that many are equal.
        let values = (0..<1000).map { _ in Float(Int.random(in: 0..<50, using: &generator)) }
        let expected = values.enumerated().sorted { ($1.element, $0.offset) < ($0.element, $1.offset) }.map(\.offset)
        #expect(top(values, count) == Array(expected.prefix(count)))
    }
}
