import DeeperKernels
import DeeperTestSupport
import Testing

@Suite struct LoopNestTests {
    struct Problem: Sendable {
        var extents: [Int]
        var strides: [[Int]]
        var order: [Int]

        /// Offsets of all operands, iteration by iteration, computed directly.
        var odometer: [[Int]] {
            var visits: [[Int]] = [strides.map { _ in 0 }]
            for axis in order {
                visits = visits.flatMap { offsets in
                    (0..<extents[axis]).map { index in
                        zip(offsets, strides).map { $0 + index * $1[axis] }
                    }
                }
            }
            return visits
        }

        /// Few or many axes, long and short ones, none, repeated elements, backward strides, mergeable neighbours.
        static func random(seed: UInt64) -> Problem {
            var generator = SeededGenerator(seed: seed)
            func pick(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &generator) }
            let rank = pick(0...6)
            // At most one axis is long enough to be moved inside.
            var extents = (0..<rank).map { _ in [0, 1, 1, 2, 2, 3][pick(pick(0...9) == 0 ? 0...5 : 1...5)] }
            if rank > 0, pick(0...2) == 0 { extents[pick(0...rank - 1)] = 17 }
            let strides = (0..<pick(1...4)).map { _ -> [Int] in
                // Row-major, which merges, with some axes changed.
                var step = 1
                var own = [Int](repeating: 0, count: rank)
                for axis in (0..<rank).reversed() {
                    own[axis] = [step, step, step, 0, -step, step + 3][pick(0...5)]
                    step *= max(1, extents[axis])
                }
                return own
            }
            let order = pick(0...1) == 0 ? Array(0..<rank) : Array(0..<rank).shuffled(using: &generator)
            return Problem(extents: extents, strides: strides, order: order)
        }
    }

    private func rows(_ nest: LoopNest, _ range: Range<Int>, operands: Int) -> [[Int]] {
        var starts: [[Int]] = []
        nest.forEachRow(range) { offset in starts.append((0..<operands).map { offset[$0] }) }
        return starts
    }

    private func visits(_ nest: LoopNest, operands: Int) -> [[Int]] {
        rows(nest, 0..<nest.rowCount, operands: operands).flatMap { start in
            (0..<nest.innerCount).map { index in (0..<operands).map { start[$0] + index * nest.innerStrides[$0] } }
        }
    }

    @Test("a nest visits what an odometer visits", arguments: UInt64(1)...100)
    func sameVisits(seed: UInt64) throws {
        let problem = Problem.random(seed: seed)
        let operands = problem.strides.count
        let nest = try #require(LoopNest(extents: problem.extents, strides: problem.strides, order: problem.order))
        let expected = problem.odometer
        #expect(nest.elementCount == expected.count)
        let actual = visits(nest, operands: operands)
        let isEqual = actual.sorted(by: precedes) == expected.sorted(by: precedes)
        #expect(isEqual, "\(problem)")
    }

    private func precedes(_ a: [Int], _ b: [Int]) -> Bool { a.lexicographicallyPrecedes(b) }

    @Test("without a long axis to move inside, the order is the odometer's too", arguments: UInt64(1)...60)
    func sameOrder(seed: UInt64) throws {
        var problem = Problem.random(seed: seed)
        // Products of merged axes stay below the 16 from which an axis is moved.
        problem.extents = problem.extents.map { $0 > 1 ? 2 : $0 }
        problem.extents = problem.extents.enumerated().map { $0 < 3 ? $1 : min($1, 1) }
        let nest = try #require(LoopNest(extents: problem.extents, strides: problem.strides, order: problem.order))
        #expect(visits(nest, operands: problem.strides.count) == problem.odometer)
    }

    @Test("parts of the rows, one after another, are all rows in the same order", arguments: UInt64(1)...40)
    func partialRows(seed: UInt64) throws {
        let problem = Problem.random(seed: seed)
        let operands = problem.strides.count
        let nest = try #require(LoopNest(extents: problem.extents, strides: problem.strides, order: problem.order))
        let all = rows(nest, 0..<nest.rowCount, operands: operands)
        for parts in [1, 2, 3, 7] {
            let joined = (0..<parts).flatMap {
                rows(nest, partition(nest.rowCount, part: $0, of: parts), operands: operands)
            }
            #expect(joined == all, "\(parts) parts of \(problem)")
        }
    }

    @Test("neighbouring axes that are one walk become one loop")
    func merging() throws {
        let dense = try #require(LoopNest(extents: [2, 3, 4], strides: [[12, 4, 1], [12, 4, 1]]))
        #expect(dense.rowCount == 1)
        #expect(dense.innerCount == 24)
        let broadcast = try #require(LoopNest(extents: [2, 3, 4], strides: [[12, 4, 1], [0, 0, 1]]))
        #expect(broadcast.rowCount == 6)
        #expect(broadcast.innerCount == 4)
        let scalar = try #require(LoopNest(extents: [], strides: [[], []]))
        #expect(scalar.elementCount == 1)
    }

    @Test("a long axis is walked innermost where the last one is very short")
    func longAxisInside() throws {
        let nest = try #require(LoopNest(extents: [1000, 3], strides: [[3, 1], [1, 1000]]))
        #expect(nest.innerCount == 1000)
        #expect(nest.rowCount == 3)
    }

    @Test("nine axes are walked if some merge, ten that do not are refused")
    func rank() {
        func strides(_ rank: Int) -> [Int] { (0..<rank).map { 7 * $0 + 1 } }
        #expect(LoopNest(extents: [Int](repeating: 2, count: 9), strides: [strides(9)]) != nil)
        #expect(LoopNest(extents: [Int](repeating: 2, count: 10), strides: [strides(10)]) == nil)
        #expect(LoopNest(extents: [Int](repeating: 1, count: 30) + [2], strides: [strides(31)]) != nil)
    }
}

@Suite struct PartitionTests {
    @Test("parts cover everything once, in order, and differ by one at most", arguments: [0, 1, 2, 5, 64, 1000, 32769])
    func cover(count: Int) {
        for parts in [1, 2, 3, 4, 7, 64] {
            let ranges = (0..<parts).map { partition(count, part: $0, of: parts) }
            #expect(ranges.flatMap { Array($0) } == Array(0..<count))
            let lengths = ranges.map(\.count)
            #expect((lengths.max() ?? 0) - (lengths.min() ?? 0) <= 1)
        }
    }

    @Test("there is always a tile, never more than rows, and large work is cut")
    func tiles() {
        #expect(streamingTileCount(elements: 0, rows: 0) == 1)
        #expect(streamingTileCount(elements: 10, rows: 10) == 1)
        #expect(streamingTileCount(elements: 1 << 20, rows: 1 << 10) == 32)
        #expect(streamingTileCount(elements: 1 << 20, rows: 3) == 3)
    }
}
