import DeeperTensors
import DeeperTestSupport
import Testing

@testable import DeeperKernels

@Suite struct CombineTests {
    private static let combinations: [(Combination, @Sendable (Float, Float) -> Float)] = [
        (.sum, { $0 + $1 }), (.difference, { $0 - $1 }), (.product, { $0 * $1 }), (.quotient, { $0 / $1 }),
        (.smaller, { $0 < $1 || $0.isNaN ? $0 : $1 }), (.larger, { $0 > $1 || $0.isNaN ? $0 : $1 }),
    ]

    struct Problem: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var extents: [Int]
        var a: [Int]
        var b: [Int]
        var y: [Int]
    }

    static let problems: [Problem] = [
        Problem(testDescription: "equal shapes", extents: [3, 37], a: [37, 1], b: [37, 1], y: [37, 1]),
        Problem(testDescription: "a number", extents: [3, 37], a: [37, 1], b: [0, 0], y: [37, 1]),
        Problem(testDescription: "a number on the left", extents: [3, 37], a: [0, 0], b: [37, 1], y: [37, 1]),
        Problem(testDescription: "two numbers", extents: [2, 19], a: [0, 0], b: [0, 0], y: [19, 1]),
        Problem(testDescription: "a row", extents: [5, 21], a: [21, 1], b: [0, 1], y: [21, 1]),
        Problem(testDescription: "a column", extents: [5, 21], a: [21, 1], b: [1, 0], y: [21, 1]),
        Problem(
            testDescription: "a factor a channel", extents: [2, 30, 17], a: [510, 17, 1], b: [17, 0, 1],
            y: [510, 17, 1]),
        Problem(testDescription: "a transpose", extents: [20, 33], a: [1, 20], b: [33, 1], y: [33, 1]),
        Problem(testDescription: "a transposed result", extents: [20, 33], a: [33, 1], b: [0, 2], y: [1, 20]),
        Problem(testDescription: "several tiles", extents: [70_001], a: [1], b: [1], y: [1]),
        Problem(testDescription: "several tiles of rows", extents: [300, 301], a: [301, 1], b: [0, 1], y: [301, 1]),
        Problem(testDescription: "nothing", extents: [0, 4], a: [4, 1], b: [4, 1], y: [4, 1]),
    ]

    private func offset(_ index: Int, _ extents: [Int], _ strides: [Int]) -> Int {
        var (rest, result) = (index, 0)
        for axis in extents.indices.reversed() {
            result += rest % extents[axis] * strides[axis]
            rest /= extents[axis]
        }
        return result
    }

    @Test("every operation over every kind of strides, with and without an ending", arguments: problems)
    func definition(problem: Problem) throws {
        var generator = SeededGenerator(seed: 41)
        func count(_ strides: [Int]) -> Int {
            problem.extents.contains(0) ? 0 : zip(problem.extents, strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 }
        }
        let (a, b) = (generator.floats(count(problem.a)), generator.floats(count(problem.b)).map { $0 + 3 })
        let total = problem.extents.reduce(1, *)
        let nest = try #require(LoopNest(extents: problem.extents, strides: [problem.a, problem.b, problem.y]))
        let endings: [Ending] = [.none, Ending(clamp: .relu), Ending(activation: .leakyRelu(slope: 0.5)), .halved]
        for (combination, function) in CombineTests.combinations {
            for ending in total > 1000 ? [.none] : endings {
                var expected = [Float](repeating: 0, count: total)
                for index in 0..<total {
                    let value = function(
                        a[offset(index, problem.extents, problem.a)], b[offset(index, problem.extents, problem.b)])
                    expected[offset(index, problem.extents, problem.y)] = Float(ending.reference(Double(value)))
                }
                for options in try Engines.vectorOnly() {
                    let kernel = CombineKernel(combination, nest: nest, ending: ending, options: options)
                    let result = try exercise(
                        kernel, inputs: [Input(a), Input(b)], outputs: [Output(.float32, count: total)])
                    expectEqual(result.elements(), expected, "\(combination), \(ending), \(options.name)")
                }
            }
        }
    }

    @Test("NaN wins over numbers, on either side")
    func notANumber() throws {
        let nest = try #require(LoopNest(extents: [4], strides: [[1], [1], [1]]))
        let (a, b): ([Float], [Float]) = ([.nan, 1, .nan, -.infinity], [1, .nan, .nan, .infinity])
        for options in try Engines.vectorOnly() {
            for combination in [Combination.smaller, .larger, .sum] {
                let kernel = CombineKernel(combination, nest: nest, ending: Ending(clamp: .relu), options: options)
                let found: [Float] = try exercise(
                    kernel, inputs: [Input(a), Input(b)], outputs: [Output(.float32, count: 4)]
                ).elements()
                #expect(found.prefix(3).map(\.isNaN) == [true, true, true], "\(combination), \(options.name)")
            }
        }
    }
}

@Suite struct StreamTilesTests {
    @Test(
        "tiles cover every element once",
        arguments: [(1, 1_000_000), (3, 200_000), (1000, 100), (5, 7), (0, 4), (4, 0), (2, 65_537)])
    func cover(rows: Int, columns: Int) {
        let tiles = StreamTiles(rows: rows, columns: columns)
        var seen = [Int](repeating: 0, count: rows * columns)
        for tile in 0..<tiles.count {
            let (lines, places) = tiles[tile]
            for row in lines { for column in places { seen[row * columns + column] += 1 } }
        }
        #expect(seen.allSatisfy { $0 == 1 })
        #expect(tiles.count <= max(1, rows * columns / 32768 + rows))
    }

    @Test("one long row is shared")
    func longRow() { #expect(StreamTiles(rows: 1, columns: 1_000_000).count == 30) }
}

extension Ending {
    /// Exact in float32 for halves of small numbers.
    fileprivate static let halved: Ending = {
        var ending = Ending(clamp: .relu)
        (ending.factor, ending.addend) = (0.5, 0)
        return ending
    }()
}
