import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite struct MatMulTests {
    struct Problem: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var m: Int, n: Int, k: Int
        /// First elements of each product's operands, in elements.
        var aOffsets: [Int] = [0]
        var bOffsets: [Int] = [0]
        var aTransposed = false
        var bTransposed = false
        var alpha: Float = 1
        var addend: MatMulKernel.Addend?
        /// Strides of the addend, which it does not give away.
        var addendStrides = (row: 0, column: 0, scale: Float(0))
        var clamp = ClampRange.unbounded

        static func adding(_ name: String, rowStride: Int, columnStride: Int, scale: Float, alpha: Float) -> Problem {
            Problem(
                testDescription: name, m: 4, n: 3, k: 5, alpha: alpha,
                addend: MatMulKernel.Addend(scale: scale, rowStride: rowStride, columnStride: columnStride),
                addendStrides: (rowStride, columnStride, scale), clamp: ClampRange(lower: -30, upper: 40))
        }
    }

    @Test(
        "products of whole numbers are exact",
        arguments: [
            Problem(testDescription: "plain", m: 4, n: 3, k: 5),
            Problem(testDescription: "one row", m: 1, n: 9, k: 7),
            Problem(testDescription: "one column", m: 9, n: 1, k: 7),
            Problem(testDescription: "A transposed", m: 4, n: 3, k: 5, aTransposed: true),
            Problem(testDescription: "B transposed", m: 4, n: 3, k: 5, bTransposed: true),
            Problem(testDescription: "both transposed", m: 6, n: 7, k: 3, aTransposed: true, bTransposed: true),
            Problem(
                testDescription: "a stack, B shared", m: 2, n: 3, k: 4, aOffsets: [0, 8, 16], bOffsets: [0, 0, 0],
                bTransposed: true, clamp: .relu),
            Problem(
                testDescription: "a stack, A shared and odd offsets", m: 3, n: 2, k: 4, aOffsets: [1, 1],
                bOffsets: [3, 12]),
            Problem(testDescription: "alpha", m: 3, n: 3, k: 3, alpha: -2),
            Problem(testDescription: "no terms: zeros", m: 3, n: 4, k: 0),
            Problem(testDescription: "several panels", m: 33, n: 101, k: 70),
            Problem(
                testDescription: "several panels, both transposed", m: 17, n: 300, k: 40, aTransposed: true,
                bTransposed: true),
            Problem(testDescription: "no rows", m: 0, n: 4, k: 2),
            Problem(testDescription: "no products", m: 2, n: 4, k: 2, aOffsets: [], bOffsets: []),
            Problem.adding("whole addend", rowStride: 3, columnStride: 1, scale: 2, alpha: 1),
            Problem.adding("addend by rows", rowStride: 1, columnStride: 0, scale: 0.5, alpha: 3),
            Problem.adding("addend by columns", rowStride: 0, columnStride: 1, scale: -1, alpha: 1),
            Problem.adding("one number", rowStride: 0, columnStride: 0, scale: 1, alpha: 0),
        ])
    func definition(problem: Problem) throws {
        var generator = SeededGenerator(seed: 21)
        let (m, n, k) = (problem.m, problem.n, problem.k)
        let a = generator.wholeFloats((problem.aOffsets.max() ?? 0) + m * k)
        let b = generator.wholeFloats((problem.bOffsets.max() ?? 0) + k * n)
        let addend = generator.wholeFloats(m * n)
        var expected: [Float] = []
        for product in problem.aOffsets.indices {
            for row in 0..<m {
                for column in 0..<n {
                    var sum: Float = 0
                    for inner in 0..<k {
                        let left = problem.aTransposed ? inner * m + row : row * k + inner
                        let right = problem.bTransposed ? column * k + inner : inner * n + column
                        sum += a[problem.aOffsets[product] + left] * b[problem.bOffsets[product] + right]
                    }
                    let strides = problem.addendStrides
                    let added =
                        problem.addend == nil
                        ? 0 : strides.scale * addend[row * strides.row + column * strides.column]
                    expected.append(
                        min(max(problem.alpha * sum + added, problem.clamp.lower), problem.clamp.upper))
                }
            }
        }
        for options in try Engines.all() {
            let kernel = matMulKernel(
                m: m, n: n, k: k, aOffsets: problem.aOffsets, bOffsets: problem.bOffsets,
                aTransposed: problem.aTransposed, bTransposed: problem.bTransposed, alpha: problem.alpha,
                addend: problem.addend, ending: Ending(clamp: problem.clamp), options: options)
            let result = try exercise(
                kernel, inputs: [Input(a), Input(b)] + (problem.addend == nil ? [] : [Input(addend)]),
                outputs: [Output(.float32, count: problem.aOffsets.count * m * n)])
            expectEqual(result.elements(), expected, options.name)
        }
    }
    @Test(
        "a transposed operand gives the bits of the same matrix as it lies",
        arguments: [(3, 4, 64), (8, 32, 128), (30, 40, 100)])
    func transposedBits(m: Int, n: Int, k: Int) throws {
        var generator = SeededGenerator(seed: 21)
        let (a, b) = (generator.floats(m * k), generator.floats(k * n))
        func turned(_ matrix: [Float], _ rows: Int, _ columns: Int) -> [Float] {
            (0..<rows * columns).map { matrix[$0 % rows * columns + $0 / rows] }
        }
        for options in try Engines.all() {
            func run(_ a: [Float], _ b: [Float], _ aTransposed: Bool, _ bTransposed: Bool) throws -> [Float] {
                try exercise(
                    matMulKernel(
                        m: m, n: n, k: k, aOffsets: [0], bOffsets: [0], aTransposed: aTransposed,
                        bTransposed: bTransposed, options: options),
                    inputs: [Input(a), Input(b)], outputs: [Output(.float32, count: m * n)]
                ).elements()
            }
            let plain = try run(a, b, false, false)
            expectEqual(try run(turned(a, m, k), b, true, false), plain, options.name)
            expectEqual(try run(a, turned(b, k, n), false, true), plain, options.name)
            expectEqual(try run(turned(a, m, k), turned(b, k, n), true, true), plain, options.name)
        }
    }
}
