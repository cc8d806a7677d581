import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite struct BroadcastingTests {
    /// NumPy's rule, literally: missing axes in front are 1; along each axis all extents that are not 1 are equal.
    private static func naive(_ shapes: [[Int]]) -> [Int]? {
        let rank = shapes.map(\.count).max() ?? 0
        var result: [Int] = []
        for axis in 0..<rank {
            let extents = shapes.map { shape in
                axis < rank - shape.count ? 1 : shape[axis - rank + shape.count]
            }
            let others = Set(extents).subtracting([1])
            guard others.count <= 1 else { return nil }
            result.append(others.first ?? 1)
        }
        return result
    }

    @Test("agrees with NumPy's rule on random shapes") func agreesWithNumPy() throws {
        var generator = SeededGenerator(seed: 1)
        var refused = 0
        for _ in 0..<500 {
            let shapes = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                    [1, 1, 2, 3, 0].randomElement(using: &generator)!
                }
            }
            if let expected = BroadcastingTests.naive(shapes) {
                #expect(try broadcastShape(shapes.map { Shape($0) }).dimensions == expected, "\(shapes)")
            } else {
                refused += 1
                let code = try errorCode { _ = try broadcastShape(shapes.map { Shape($0) }) }
                #expect(code == .invalidModel, "\(shapes)")
            }
        }
        #expect((50..<450).contains(refused))
    }

    @Test func namedCases() throws {
        #expect(try broadcastShape([]) == [])
        #expect(try broadcastShape([[]]) == [])
        #expect(try broadcastShape([[], [2, 3]]) == [2, 3])
        #expect(try broadcastShape([[3, 1], [1, 4], [4]]) == [3, 4])
        #expect(try broadcastShape([[0], [1]]) == [0])
        #expect(try errorCode { _ = try broadcastShape([[0], [2]]) } == .invalidModel)
    }

    @Test("refuses a result that cannot be addressed") func refusesAbsurdResults() throws {
        let long = 1 << 40
        #expect(try errorCode { _ = try broadcastShape([[long, 1], [1, long]]) } == .limitExceeded)
    }
}

@Suite struct AxisTests {
    @Test func negativeAxesCountFromBehind() throws {
        #expect(try resolveAxis(-1, rank: 3) == 2)
        #expect(try resolveAxis(-3, rank: 3) == 0)
        #expect(try resolveAxes([2, -3], rank: 3) == [2, 0])
    }

    @Test("refuses axes outside", arguments: [3, -4, .max, .min]) func refusesAxesOutside(axis: Int) throws {
        #expect(try errorCode { _ = try resolveAxis(axis, rank: 3) } == .invalidModel)
    }

    @Test("refuses any axis of a scalar", arguments: [0, -1]) func refusesAxesOfScalars(axis: Int) throws {
        #expect(try errorCode { _ = try resolveAxis(axis, rank: 0) } == .invalidModel)
    }

    @Test("refuses one axis twice") func refusesRepeats() throws {
        #expect(try errorCode { _ = try resolveAxes([1, -2], rank: 3) } == .invalidModel)
    }

    @Test func productsStopAtTheLargestInteger() {
        #expect(saturatingProduct() == 1)
        #expect(saturatingProduct(3, 4, 5) == 60)
        #expect(saturatingProduct(1 << 31, 1 << 31) == 1 << 62)
        #expect(saturatingProduct(1 << 32, 1 << 31) == .max)
        #expect(saturatingProduct(.max, .max, 2) == .max)
        #expect(saturatingProduct(.max, 1) == .max)
    }
}
