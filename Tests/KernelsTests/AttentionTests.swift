import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@Suite struct AttentionTests {
    struct Problem: Sendable, CustomTestStringConvertible {
        var heads = 2
        var group = 1
        var queries: Int
        var keys: Int
        var past = 0
        var isInterleaved = false
        var isCausal = false
        var leftWindow: Int?
        var softcap: Float = 0
        /// Keys of each of the two images, the rest being padding.
        var lengths: [Int64]?
        var hasTable = false
        var outputCount = 1

        var testDescription: String {
            "\(queries) queries, \(past) + \(keys) keys\(isInterleaved ? ", interleaved" : "")"
        }
    }

    private static let (images, headSize, valueSize) = (2, 5, 3)

    /// A problem's operands, [image, head, row, width], and its answer in float64.
    private struct Reference {
        var q: [Float] = [], k: [Float] = [], v: [Float] = [], pastKeys: [Float] = [], pastValues: [Float] = []
        var table: [Float] = []
        var y: [Double] = [], weights: [Double] = [], allKeys: [Float] = [], allValues: [Float] = []
    }

    private func reference(_ problem: Problem) -> Reference {
        let (images, headSize, valueSize) = (AttentionTests.images, AttentionTests.headSize, AttentionTests.valueSize)
        var generator = SeededGenerator(seed: 31)
        var result = Reference()
        let (keyHeads, total) = (problem.heads / problem.group, problem.past + problem.keys)
        result.q = generator.floats(images * problem.heads * problem.queries * headSize)
        result.k = generator.floats(images * keyHeads * problem.keys * headSize)
        result.v = generator.floats(images * keyHeads * problem.keys * valueSize)
        result.pastKeys = generator.floats(images * keyHeads * problem.past * headSize)
        result.pastValues = generator.floats(images * keyHeads * problem.past * valueSize)
        // One table for all images and heads; every third key of a query is not seen.
        if problem.hasTable {
            result.table = generator.floats(problem.queries * total).enumerated().map {
                $0.offset % 3 == 1 ? -.infinity : $0.element
            }
        }
        func joined(_ past: [Float], _ new: [Float], _ width: Int) -> [Float] {
            var all: [Float] = []
            let (before, after) = (problem.past * width, problem.keys * width)
            for part in 0..<images * keyHeads {
                all += past[part * before..<(part + 1) * before]
                all += new[part * after..<(part + 1) * after]
            }
            return all
        }
        result.allKeys = joined(result.pastKeys, result.k, headSize)
        result.allValues = joined(result.pastValues, result.v, valueSize)
        for image in 0..<images {
            let length = problem.lengths.map { Int($0[image]) } ?? total
            let offset = problem.lengths == nil ? problem.past : length - problem.queries
            for head in 0..<problem.heads {
                let part = image * keyHeads + head / problem.group
                for query in 0..<problem.queries {
                    let row = ((image * problem.heads + head) * problem.queries + query) * headSize
                    var scores: [Double] = []
                    for key in 0..<total {
                        var product = 0.0
                        for index in 0..<headSize {
                            let other = result.allKeys[(part * total + key) * headSize + index]
                            product += 0.75 * Double(result.q[row + index]) * Double(other)
                        }
                        let cap = Double(problem.softcap)
                        if cap > 0 { product = cap * tanh(product / cap) }
                        if problem.hasTable { product += Double(result.table[query * total + key]) }
                        let isBefore = problem.leftWindow.map { key < query + offset - $0 } ?? false
                        let isBehind = key >= length || problem.isCausal && key > query + offset
                        scores.append(isBefore || isBehind ? -.infinity : product)
                    }
                    let largest = scores.max() ?? -.infinity
                    let terms = scores.map { largest == -.infinity ? 0 : exp($0 - largest) }
                    let sum = terms.reduce(0, +)
                    let weights = terms.map { sum == 0 ? 0 : $0 / sum }
                    result.weights += weights
                    for column in 0..<valueSize {
                        var value = 0.0
                        for (key, weight) in weights.enumerated() {
                            value += weight * Double(result.allValues[(part * total + key) * valueSize + column])
                        }
                        result.y.append(value)
                    }
                }
            }
        }
        return result
    }

    /// [image, head, row, width] as [image, row, head, width].
    private func interleaved<Element>(_ x: [Element], heads: Int, rows: Int, width: Int) -> [Element] {
        var result: [Element] = []
        for image in 0..<AttentionTests.images {
            for row in 0..<rows {
                for head in 0..<heads {
                    let first = ((image * heads + head) * rows + row) * width
                    result += x[first..<first + width]
                }
            }
        }
        return result
    }

    @Test(
        "weights are softmaxes of masked products, against float64",
        arguments: [
            Problem(queries: 4, keys: 6, outputCount: 4), Problem(queries: 130, keys: 9, isCausal: true),
            Problem(queries: 3, keys: 2, past: 5, isCausal: true, outputCount: 4),
            Problem(heads: 6, group: 3, queries: 5, keys: 7, past: 2, isInterleaved: true, outputCount: 3),
            Problem(queries: 5, keys: 6, softcap: 0.5, hasTable: true, outputCount: 4),
            Problem(queries: 4, keys: 8, isInterleaved: true, isCausal: true, leftWindow: 2, lengths: [8, 3]),
            Problem(queries: 1, keys: 0, outputCount: 2), Problem(queries: 0, keys: 3, past: 2, outputCount: 3),
            Problem(queries: 2, keys: 3, lengths: [0, 3], outputCount: 4),
        ])
    func definition(problem: Problem) throws {
        let reference = reference(problem)
        let (images, headSize, valueSize) = (AttentionTests.images, AttentionTests.headSize, AttentionTests.valueSize)
        let (keyHeads, total) = (problem.heads / problem.group, problem.past + problem.keys)
        func arranged<Element>(_ x: [Element], _ heads: Int, _ rows: Int, _ width: Int) -> [Element] {
            problem.isInterleaved ? interleaved(x, heads: heads, rows: rows, width: width) : x
        }
        var mask = AttentionMask()
        mask.isCausal = problem.isCausal
        mask.leftWindow = problem.leftWindow
        mask.hasLengths = problem.lengths != nil
        if problem.hasTable {
            mask.table = AttentionMask.Table(isBool: false, image: 0, head: 0, query: total, key: 1, keys: total)
        }
        var inputs = [
            Input(arranged(reference.q, problem.heads, problem.queries, headSize)),
            Input(arranged(reference.k, keyHeads, problem.keys, headSize)),
            Input(arranged(reference.v, keyHeads, problem.keys, valueSize)),
        ]
        if problem.hasTable { inputs.append(Input(reference.table)) }
        if problem.past > 0 { inputs += [Input(reference.pastKeys), Input(reference.pastValues)] }
        if let lengths = problem.lengths { inputs.append(Input(lengths)) }
        let counts = [
            reference.y.count, images * keyHeads * total * headSize, images * keyHeads * total * valueSize,
            images * problem.heads * problem.queries * total,
        ]
        let shape = AttentionShape(
            images: images, queryHeads: problem.heads, keyHeads: keyHeads, queries: problem.queries,
            keys: problem.keys, past: problem.past, headSize: headSize, valueSize: valueSize,
            isInterleaved: problem.isInterleaved)
        for options in try Engines.all() {
            let kernel = AttentionKernel(
                shape, mask: mask, scale: 0.75, softcap: problem.softcap, hasPast: problem.past > 0,
                outputCount: problem.outputCount, stage: .normalized, options: options)
            let result = try exercise(
                kernel, inputs: inputs,
                outputs: counts.prefix(problem.outputCount).map { Output(.float32, count: $0) })
            let y = arranged(reference.y, problem.heads, problem.queries, valueSize)
            expectClose(result.elements(), y.map { Float($0) }, options.name) { _ in 2e-6 }
            if problem.outputCount > 2 {
                expectEqual(result.elements(1), reference.allKeys, options.name)
                expectEqual(result.elements(2), reference.allValues, options.name)
            }
            if problem.outputCount > 3 {
                expectClose(result.elements(3), reference.weights.map { Float($0) }, options.name) { _ in 2e-6 }
            }
        }
    }

    @Test("more keys than there are is a fault", arguments: [-1, 4] as [Int64])
    func fault(length: Int64) throws {
        var mask = AttentionMask()
        mask.hasLengths = true
        let shape = AttentionShape(
            images: 1, queryHeads: 1, keyHeads: 1, queries: 1, keys: 3, past: 0, headSize: 1, valueSize: 1,
            isInterleaved: false)
        let kernel = AttentionKernel(
            shape, mask: mask, scale: 1, softcap: 0, hasPast: false, outputCount: 1, stage: .scaled,
            options: try Engines.one())
        let result = try exercise(
            kernel,
            inputs: [
                Input([1] as [Float]), Input([1, 1, 1] as [Float]), Input([1, 1, 1] as [Float]), Input([length]),
            ], outputs: [Output(.float32, count: 1)])
        #expect(result.fault == .indexOutOfRange)
    }
}

@Suite struct RotaryTests {
    @Test("pairs are rotated, in halves or next to each other", arguments: [true, false])
    func definition(hasNeighbours: Bool) throws {
        // One image, two heads, two rows of five elements, of which four are rotated by a quarter and by nothing.
        let form = RotaryKernel.Form(
            images: 1, heads: 2, rows: 2, width: 5, pairs: 2, isInterleaved: true, hasNeighbours: hasNeighbours,
            positions: 3)
        let x = (0..<20).map { Float($0) }
        let cosines: [Float] = [9, 9, 1, 0, 0, 1], sines: [Float] = [9, 9, 0, 1, 1, 0]
        var expected = x
        for row in 0..<2 {
            for head in 0..<2 {
                let first = (row * 2 + head) * 5
                // Row 0 stands at position 2, whose first pair turns; row 1 at position 1, whose second does.
                let pair = row
                let (a, b) =
                    hasNeighbours ? (first + 2 * pair, first + 2 * pair + 1) : (first + pair, first + pair + 2)
                (expected[a], expected[b]) = (-x[b], x[a])
            }
        }
        func run(_ positions: [Int64]) throws -> KernelResult {
            try exercise(
                RotaryKernel(form), inputs: [Input(x), Input(cosines), Input(sines), Input(positions)],
                outputs: [Output(.float32, count: 20)])
        }
        expectEqual(try run([2, 1]).elements(), expected)
        #expect(try run([2, 3]).fault == .indexOutOfRange)
        #expect(try run([-1, 0]).fault == .indexOutOfRange)
    }
}
