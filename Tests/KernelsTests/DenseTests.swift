import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

/// The fully connected layer on every instruction set.
@Suite struct DenseTests {
    private func run(
        rows: Int, k: Int, n: Int, x: [Float], weights: [Float], bias: [Float]?, clamp: ClampRange = .unbounded,
        _ options: KernelOptions
    ) throws -> [Float] {
        let kernel = DenseKernel(
            rows: rows, k: k, n: n, weights: weights, epilogue: Epilogue(bias: bias, clamp: clamp), options: options)
        return try exercise(kernel, inputs: [Input(x)], outputs: [Output(.float32, count: rows * n)]).elements()
    }

    private func definition(_ rows: Int, _ k: Int, _ n: Int, _ x: [Float], _ w: [Float], _ bias: [Float]?) -> [Double] {
        (0..<rows * n).map { index in
            (0..<k).reduce(Double(bias?[index % n] ?? 0)) {
                $0 + Double(x[index / n * k + $1]) * Double(w[$1 * n + index % n])
            }
        }
    }

    @Test(
        "products of whole numbers are exact, whatever remains after the last full register",
        arguments: [
            (1, 5, 1), (1, 3, 3), (2, 7, 4), (3, 2, 15), (4, 3, 16), (5, 9, 17), (1, 4, 31), (7, 5, 63), (4, 3, 64),
            (6, 2, 65), (9, 3, 127), (1, 6, 128), (3, 5, 129), (5, 2, 300), (2, 0, 9), (0, 3, 9), (3, 4, 0),
        ])
    func shapes(rows: Int, k: Int, n: Int) throws {
        var generator = SeededGenerator(seed: 12)
        let (x, w) = (generator.wholeFloats(rows * k), generator.wholeFloats(k * n))
        let bias = generator.wholeFloats(n)
        let clamp = ClampRange(lower: -6, upper: 11)
        for options in try Engines.vectorOnly() {
            let plain = definition(rows, k, n, x, w, nil).map { Float($0) }
            expectEqual(
                try run(rows: rows, k: k, n: n, x: x, weights: w, bias: nil, options), plain, options.name)
            let clamped = definition(rows, k, n, x, w, bias).map { min(max(Float($0), -6), 11) }
            expectEqual(
                try run(rows: rows, k: k, n: n, x: x, weights: w, bias: bias, clamp: clamp, options), clamped,
                options.name)
        }
    }

    @Test("rounding errors stay within the bound of a float32 sum")
    func accuracy() throws {
        var generator = SeededGenerator(seed: 13)
        let (rows, k, n) = (5, 200, 83)
        let (x, w, bias) = (generator.floats(rows * k), generator.floats(k * n), generator.floats(n))
        let expected = definition(rows, k, n, x, w, bias).map { Float($0) }
        let magnitudes = definition(rows, k, n, x.map(abs), w.map(abs), bias.map(abs))
        for options in try Engines.vectorOnly() {
            let actual = try run(rows: rows, k: k, n: n, x: x, weights: w, bias: bias, options)
            // (k + 1) terms, and the reference's own rounding; see ConvolutionTests.accuracy.
            expectClose(actual, expected, options.name) { Float(k + 3) * unitRoundoff * Float(magnitudes[$0]) }
        }
    }

    @Test("a row's bits do not depend on the other rows, nor a column's on the other columns")
    func independence() throws {
        var generator = SeededGenerator(seed: 14)
        let (rows, k, n) = (11, 37, 150)
        let (x, w, bias) = (generator.floats(rows * k), generator.floats(k * n), generator.floats(n))
        for options in try Engines.vectorOnly() {
            let whole = try run(rows: rows, k: k, n: n, x: x, weights: w, bias: bias, options).map(\.bitPattern)
            for count in [1, 2, 3, 4, 5, 8] {
                for first in [0, rows - count] {
                    let part = try run(
                        rows: count, k: k, n: n, x: Array(x[first * k..<(first + count) * k]), weights: w, bias: bias,
                        options)
                    let isEqual = part.map(\.bitPattern) == Array(whole[first * n..<(first + count) * n])
                    #expect(isEqual, "rows \(first)..<\(first + count), \(options.name)")
                }
            }
            for count in [1, 3, 7, 16, 33, 64, 70] {
                let first = n - count
                let columns = (0..<k).flatMap { w[$0 * n + first..<$0 * n + n] }
                let part = try run(
                    rows: rows, k: k, n: count, x: x, weights: columns, bias: Array(bias[first...]), options)
                let isEqual =
                    part.map(\.bitPattern) == (0..<rows).flatMap { Array(whole[$0 * n + first..<$0 * n + n]) }
                #expect(isEqual, "columns from \(first), \(options.name)")
            }
        }
    }
}
