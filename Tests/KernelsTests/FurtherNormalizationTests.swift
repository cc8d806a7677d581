import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// Lines of a dense value along one axis.
struct Lines: Sendable, CustomTestStringConvertible {
    var outer: Int
    var length: Int
    var inner: Int

    var testDescription: String { "\(outer) x \(length) x \(inner)" }
    var count: Int { outer * length * inner }

    /// The positions of each line's elements.
    var places: [[Int]] {
        (0..<outer * inner).map { line in (0..<length).map { (line / inner * length + $0) * inner + line % inner } }
    }

    static let all = [
        Lines(outer: 3, length: 10, inner: 1), Lines(outer: 2, length: 5, inner: 7),
        Lines(outer: 1, length: 1, inner: 4), Lines(outer: 0, length: 4, inner: 2),
        Lines(outer: 2, length: 0, inner: 3), Lines(outer: 300, length: 120, inner: 2),
    ]
}

@Suite struct HardmaxTests {
    @Test("one at the first of the largest, zero elsewhere", arguments: Lines.all)
    func definition(lines: Lines) throws {
        var generator = SeededGenerator(seed: 19)
        // Few different numbers, so that ties are common.
        let x = generator.wholeFloats(lines.count, bound: 2)
        var expected = [Float](repeating: 0, count: x.count)
        for places in lines.places {
            let largest = places.map { x[$0] }.max()
            if let place = places.first(where: { x[$0] == largest }) { expected[place] = 1 }
        }
        let kernel = HardmaxKernel<Float>(outer: lines.outer, length: lines.length, inner: lines.inner)
        let result = try exercise(kernel, inputs: [Input(x)], outputs: [Output(.float32, count: x.count)])
        expectEqual(result.elements(), expected)
    }
}

@Suite struct LpNormTests {
    @Test("every line is divided by its norm, in float64", arguments: Lines.all, [false, true])
    func definition(lines: Lines, isEuclidean: Bool) throws {
        var generator = SeededGenerator(seed: 20)
        var x = generator.wholeFloats(lines.count)
        // A line of zeros stays one.
        for place in lines.places.last ?? [] { x[place] = 0 }
        var expected = x
        for places in lines.places {
            let terms = places.map { isEuclidean ? Double(x[$0]) * Double(x[$0]) : Double(abs(x[$0])) }
            let sum = terms.reduce(0.0, +)
            let norm = isEuclidean ? sum.squareRoot() : sum
            for place in places { expected[place] = norm == 0 ? 0 : Float(Double(x[place]) / norm) }
        }
        let kernel = LpNormKernel<Float>(
            outer: lines.outer, length: lines.length, inner: lines.inner, isEuclidean: isEuclidean)
        let result = try exercise(kernel, inputs: [Input(x)], outputs: [Output(.float32, count: x.count)])
        expectEqual(result.elements(), expected)
    }
}

@Suite struct MeanVarianceTests {
    /// X is [2, 3, 4]; the axes that statistics are taken over.
    @Test("mean 0 and deviation 1 over any axes", arguments: [[], [0], [1], [2], [0, 2], [0, 1, 2]] as [[Int]])
    func definition(axes: [Int]) throws {
        var generator = SeededGenerator(seed: 21)
        let shape: Shape = [2, 3, 4]
        let x = generator.wholeFloats(shape.elementCount).map(Double.init)
        let strides = shape.rowMajorStrides
        func nest(_ axes: [Int]) throws -> LoopNest {
            let steps = axes.map { strides[$0] }
            return try #require(LoopNest(extents: axes.map { shape[$0] }, strides: [steps, steps]))
        }
        let kernel = MeanVarianceKernel<Double>(
            kept: try nest((0..<3).filter { !axes.contains($0) }), reduced: try nest(axes))
        let y: [Double] = try exercise(kernel, inputs: [Input(x)], outputs: [Output(.float64, count: x.count)])
            .elements()
        func group(_ index: Int) -> [Int] {
            (0..<3).filter { !axes.contains($0) }.map { index / strides[$0] % shape[$0] }
        }
        for (_, places) in Dictionary(grouping: 0..<x.count, by: group) {
            let count = Double(places.count)
            let mean = places.reduce(0.0) { $0 + x[$1] } / count
            let variance = places.reduce(0.0) { $0 + (x[$1] - mean) * (x[$1] - mean) } / count
            for place in places {
                let expected = (x[place] - mean) / (variance.squareRoot() + 1e-9)
                #expect(abs(y[place] - expected) <= 1e-12 * max(1, abs(expected)))
            }
        }
    }

    @Test("equal numbers become zeros")
    func constant() throws {
        let line = try #require(LoopNest(extents: [3], strides: [[1], [1]]))
        let one = try #require(LoopNest(extents: [], strides: [[], []]))
        let kernel = MeanVarianceKernel<Float>(kept: one, reduced: line)
        let result = try exercise(
            kernel, inputs: [Input([7, 7, 7] as [Float])], outputs: [Output(.float32, count: 3)])
        #expect(result.elements() == [0, 0, 0] as [Float])
    }
}
