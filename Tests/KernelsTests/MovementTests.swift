import DeeperKernels
import DeeperTensors
import TestSupport
import Testing

@Suite struct StridedCopyTests {
    /// Copies region by region with an odometer, elements as numbers.
    private func definition(_ regions: [CopyRegion], from sources: [[Int64]], into count: Int) -> [Int64] {
        var target = [Int64](repeating: -99, count: count)
        for region in regions {
            for index in 0..<region.extents.reduce(1, *) {
                var (rest, from, to) = (index, region.sourceOffset, region.targetOffset)
                for axis in region.extents.indices.reversed() {
                    from += rest % region.extents[axis] * region.sourceStrides[axis]
                    to += rest % region.extents[axis] * region.targetStrides[axis]
                    rest /= region.extents[axis]
                }
                target[to] = sources[region.source][from]
            }
        }
        return target
    }

    /// In elements of 1, 4 and 8 bytes.
    private func expectCopies(_ regions: [CopyRegion], sourceCounts: [Int], count: Int) throws {
        let sources = sourceCounts.enumerated().map { number, count in
            (0..<count).map { Int64($0 % 113 + 7 * number) }
        }
        let expected = definition(regions, from: sources, into: count)
        func check<Element: NumericElement & Equatable>(_: Element.Type) throws {
            let kernel = try StridedCopyKernel(elementType: Element.elementType, regions: regions)
            let result = try exercise(
                kernel, inputs: sources.map { Input($0.map { Element(wrapping: $0) }) },
                outputs: [Output(Element.elementType, count: count)])
            let isEqual = result.elements() == expected.map { Element(wrapping: $0) }
            #expect(isEqual, "\(Element.elementType)")
        }
        try check(UInt8.self)
        try check(Int32.self)
        try check(Int64.self)
    }

    @Test(
        "one region: transposes, slices, backward walks, repeated elements",
        arguments: [
            CopyRegion(extents: [2, 3, 4], sourceStrides: [12, 4, 1], targetStrides: [12, 4, 1]),
            CopyRegion(extents: [3, 5], sourceStrides: [1, 3], targetStrides: [5, 1]),
            CopyRegion(extents: [2, 3, 4, 5], sourceStrides: [60, 1, 15, 3], targetStrides: [60, 20, 5, 1]),
            CopyRegion(extents: [3, 4], sourceStrides: [-4, -1], targetStrides: [4, 1], sourceOffset: 11),
            CopyRegion(extents: [5], sourceStrides: [-2], targetStrides: [1], sourceOffset: 9),
            CopyRegion(extents: [3, 4], sourceStrides: [0, 1], targetStrides: [4, 1]),
            CopyRegion(extents: [3, 4], sourceStrides: [1, 0], targetStrides: [4, 1]),
            CopyRegion(extents: [2, 3, 2], sourceStrides: [0, 0, 0], targetStrides: [6, 2, 1], sourceOffset: 1),
            CopyRegion(extents: [], sourceStrides: [], targetStrides: [], sourceOffset: 2),
            CopyRegion(extents: [0, 3], sourceStrides: [3, 1], targetStrides: [3, 1]),
            CopyRegion(extents: [2, 1, 3, 1], sourceStrides: [5, 77, 1, 99], targetStrides: [3, 55, 1, 44]),
            CopyRegion(extents: [300, 250], sourceStrides: [1, 300], targetStrides: [250, 1]),
        ])
    func oneRegion(region: CopyRegion) throws {
        let ends = zip(region.extents, region.sourceStrides).map { ($0 - 1) * $1 }
        let sourceCount = region.sourceOffset + 1 + ends.reduce(0) { $0 + max(0, $1) }
        try expectCopies([region], sourceCounts: [sourceCount], count: region.extents.reduce(1, *))
    }

    @Test("any permutation of any shape", arguments: UInt64(1)...30)
    func permutations(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let rank = Int.random(in: 1...6, using: &generator)
        let shape = Shape((0..<rank).map { _ in Int.random(in: 1...5, using: &generator) })
        let order = Array(0..<rank).shuffled(using: &generator)
        let target = Shape(order.map { shape[$0] })
        let region = CopyRegion(
            extents: target.dimensions, sourceStrides: order.map { shape.rowMajorStrides[$0] },
            targetStrides: target.rowMajorStrides)
        try expectCopies([region], sourceCounts: [shape.elementCount], count: shape.elementCount)
    }

    @Test("several regions fill one target, from several sources: concatenation along the last axis")
    func concatenation() throws {
        let regions = [
            CopyRegion(source: 0, target: 2, extents: [4, 3], sourceStrides: [3, 1], targetStrides: [8, 1]),
            CopyRegion(
                source: 1, target: 2, extents: [4, 5], sourceStrides: [5, 1], targetStrides: [8, 1], targetOffset: 3),
        ]
        try expectCopies(regions, sourceCounts: [12, 20], count: 32)
    }

    @Test("one source is dealt out to several targets: splitting")
    func splitting() throws {
        let regions = [
            CopyRegion(source: 0, target: 1, extents: [2, 1], sourceStrides: [4, 1], targetStrides: [1, 1]),
            CopyRegion(
                source: 0, target: 2, extents: [2, 3], sourceStrides: [4, 1], targetStrides: [3, 1], sourceOffset: 1),
        ]
        let kernel = try StridedCopyKernel(elementType: .float32, regions: regions)
        let result = try exercise(
            kernel, inputs: [Input([0, 1, 2, 3, 4, 5, 6, 7] as [Float])],
            outputs: [Output(.float32, count: 2), Output(.float32, count: 6)])
        #expect(result.elements(0) == [0, 4] as [Float])
        #expect(result.elements(1) == [1, 2, 3, 5, 6, 7] as [Float])
    }

    @Test("no regions leave the target alone")
    func noRegions() throws {
        let kernel = try StridedCopyKernel(elementType: .float32, regions: [])
        _ = try exercise(kernel, inputs: [], outputs: [Output(.float32, count: 0)])
    }

    @Test("layouts convert there and back, also to and from slices", arguments: [1, 3, 4, 40])
    func conversion(channels: Int) throws {
        let type = TensorType(.float32, [2, channels, 3, 5])
        let pixels = 2 * 15
        var generator = SeededGenerator(seed: 22)
        let planar = generator.floats(pixels * channels)
        for pitch in [channels, channels + 3] {
            let rowMajor = TensorDescriptor(type)
            let slice = TensorDescriptor(type, .channelsLast, pixelPitch: pitch)
            let there = try exercise(
                StridedCopyKernel.conversion(from: rowMajor, to: slice), inputs: [Input(planar)],
                outputs: [Output(.float32, rows: pixels, channels: channels, pitch: pitch)])
            let expected = channelsLast(planar, images: 2, channels: channels, pixels: 15, pitch: channels)
            expectEqual(there.elements(), expected)
            let back = try exercise(
                StridedCopyKernel.conversion(from: slice, to: rowMajor),
                inputs: [Input(channelsLast(planar, images: 2, channels: channels, pixels: 15, pitch: pitch))],
                outputs: [Output(.float32, count: planar.count)])
            expectEqual(back.elements(), planar)
        }
    }

    @Test("more axes than a loop nest walks are refused")
    func tooManyAxes() throws {
        let strides = (0..<10).map { 3 * $0 + 1 }
        let region = CopyRegion(extents: [Int](repeating: 2, count: 10), sourceStrides: strides, targetStrides: strides)
        #expect(try errorCode { _ = try StridedCopyKernel(elementType: .int8, regions: [region]) } == .unsupported)
    }
}

@Suite struct IndexedCopyTests {
    struct Problem: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var input: Shape
        var tables: [[Int]]
    }

    @Test(
        "tables name what is read; -1 takes the fill value",
        arguments: [
            Problem(testDescription: "padding", input: [2, 3], tables: [[-1, 0, 1], [-1, -1, 0, 1, 2, -1]]),
            Problem(testDescription: "reflection", input: [4], tables: [[2, 1, 0, 1, 2, 3, 2]]),
            Problem(testDescription: "nearest", input: [2, 2, 2], tables: [[0, 1], [0, 0, 1, 1], [0, 0, 0, 1]]),
            Problem(testDescription: "outside on an outer axis alone", input: [2, 2], tables: [[0, -1, 1], [1, 0]]),
            Problem(testDescription: "a scalar", input: [], tables: []),
            Problem(testDescription: "nothing on the last axis", input: [2, 3], tables: [[0, 1], []]),
            Problem(testDescription: "nothing on the first axis", input: [2, 3], tables: [[], [0, 1]]),
            Problem(testDescription: "fill alone, from nothing", input: [0, 3], tables: [[-1, -1], [0, 1, -1]]),
            Problem(
                testDescription: "several tiles", input: [30, 50],
                tables: [(0..<300).map { $0 / 10 }, (0..<250).map { $0 % 60 < 50 ? $0 % 60 : -1 }]),
            Problem(
                testDescription: "8 axes", input: [1, 2, 1, 2, 1, 2, 1, 2],
                tables: [[0], [1, 0], [0], [0, 1, 1], [0, -1], [0, 1], [0], [1, 0]]),
        ])
    func definition(problem: Problem) throws {
        try check(problem, Float.self)
        guard problem.testDescription != "several tiles" else { return }
        try check(problem, UInt8.self)
        try check(problem, Int64.self)
    }

    private func check<Element: NumericElement & Equatable>(_ problem: Problem, _: Element.Type) throws {
        let x = (0..<problem.input.elementCount).map { Element(wrapping: Int64($0 % 100)) }
        let output = Shape(problem.tables.map(\.count))
        let strides = problem.input.rowMajorStrides
        let expected = (0..<output.elementCount).map { index -> Element in
            var (rest, from) = (index, 0)
            for axis in problem.tables.indices.reversed() {
                let place = problem.tables[axis][rest % output[axis]]
                rest /= output[axis]
                if place < 0 { return Element(wrapping: 101) }
                from += place * strides[axis]
            }
            return x[from]
        }
        let kernel = try IndexedCopyKernel(
            "test", elementType: Element.elementType, tables: problem.tables, sourceStrides: strides,
            targetStrides: output.rowMajorStrides, fill: Tensor(scalar: Element(wrapping: 101)))
        let result = try exercise(
            kernel, inputs: [Input(x)], outputs: [Output(Element.elementType, count: expected.count)])
        let isEqual = result.elements() == expected
        #expect(isEqual, "\(Element.elementType)")
    }

    @Test("strides of both sides are free: a channels-last picture is flipped")
    func strided() throws {
        // Physical axes H, W, C; written as C, H, W.
        let kernel = try IndexedCopyKernel(
            "flip", elementType: .float32, tables: [[0, 1], [2, 1, 0], [0, 1]], sourceStrides: [6, 2, 1],
            targetStrides: [3, 1, 6], fill: nil)
        let x = (0..<12).map { Float($0) }
        let result = try exercise(kernel, inputs: [Input(x)], outputs: [Output(.float32, count: 12)])
        #expect(result.elements() == [4, 2, 0, 10, 8, 6, 5, 3, 1, 11, 9, 7] as [Float])
    }

    @Test("more than 8 axes are refused")
    func tooManyAxes() throws {
        let code = try errorCode {
            _ = try IndexedCopyKernel(
                "test", elementType: .int8, tables: [[Int]](repeating: [0], count: 9),
                sourceStrides: [Int](repeating: 1, count: 9), targetStrides: [Int](repeating: 1, count: 9), fill: nil)
        }
        #expect(code == .unsupported)
    }
}

@Suite struct GatherTests {
    private func run<Index: NumericElement>(
        _ indices: [Index], outer: Int = 2, extent: Int = 3, inner: Int = 2
    ) throws -> KernelResult {
        let x = (0..<outer * extent * inner).map { Float($0) }
        let kernel = GatherKernel(
            outer: outer, extent: extent, innerBytes: inner * 4, indexCount: indices.count, indexType: Index.elementType
        )
        return try exercise(
            kernel, inputs: [Input(x), Input(indices)],
            outputs: [Output(.float32, count: outer * indices.count * inner)])
    }

    @Test("positions from the front, and from the back where negative; both index types")
    func definition() throws {
        let expected: [Float] = [4, 5, 0, 1, 0, 1, 2, 3] + [10, 11, 6, 7, 6, 7, 8, 9]
        #expect(try run([2, 0, -3, -2] as [Int64]).elements() == expected)
        #expect(try run([2, 0, -3, -2] as [Int32]).elements() == expected)
        #expect(try run([] as [Int64]).elements(as: Float.self).isEmpty)
        #expect(try run([1] as [Int64], outer: 1, extent: 2, inner: 0).fault == nil)
    }

    @Test("several tiles")
    func tiles() throws {
        let indices = (0..<500).map { Int64($0 * 7 % 31) - 10 }
        let result: [Float] = try run(indices, outer: 3, extent: 21, inner: 50).elements()
        let expected = (0..<3 * 500).flatMap { row -> [Float] in
            let index = Int(indices[row % 500])
            let first = (row / 500 * 21 + (index < 0 ? index + 21 : index)) * 50
            return (first..<first + 50).map { Float($0) }
        }
        expectEqual(result, expected)
    }

    @Test(
        "an index outside its axis is reported, and nothing is read or written there",
        arguments: [
            [3], [-4], [0, 3], [.max], [.min], [1 << 62],
        ] as [[Int64]])
    func outOfRange(indices: [Int64]) throws {
        #expect(try run(indices).fault == .indexOutOfRange)
        #expect(try run([0] as [Int64], extent: 0).fault == .indexOutOfRange)
    }
}

@Suite struct ResampleTests {
    /// Rows and columns one after another, in float64.
    private func definition(_ x: [Float], _ axes: [ResampleAxis], extrapolation: Float) -> [Float] {
        var values = x.map(Double.init)
        var extents = axes.map(\.inputExtent)
        for (number, axis) in axes.enumerated() {
            let outer = extents[..<number].reduce(1, *)
            let inner = extents[(number + 1)...].reduce(1, *)
            var next: [Double] = []
            for before in 0..<outer {
                for taps in axis.taps {
                    for behind in 0..<inner {
                        next.append(
                            taps.reduce(0) {
                                $0 + Double($1.weight) * values[(before * axis.inputExtent + $1.index) * inner + behind]
                            })
                    }
                }
            }
            values = next
            extents[number] = axis.taps.count
        }
        return values.indices.map { index in
            var rest = index
            for axis in axes.reversed() {
                if axis.outside[rest % axis.taps.count] { return extrapolation }
                rest /= axis.taps.count
            }
            return Float(values[index])
        }
    }

    private func identity(_ extent: Int) -> ResampleAxis {
        ResampleAxis(
            inputExtent: extent, taps: (0..<extent).map { [($0, 1)] }, outside: [Bool](repeating: false, count: extent))
    }

    /// Up to four taps a position, weights that are quarters, some positions outside.
    private func random(_ input: Int, _ output: Int, outside: Bool, _ generator: inout SeededGenerator) -> ResampleAxis
    {
        ResampleAxis(
            inputExtent: input,
            taps: (0..<output).map { _ in
                (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                    (Int.random(in: 0..<input, using: &generator), generator.wholeFloats(1)[0] / 4)
                }
            }, outside: (0..<output).map { _ in outside && Int.random(in: 0...3, using: &generator) == 0 })
    }

    @Test("axis after axis, as by the definition", arguments: UInt64(1)...20)
    func definition(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var axes: [ResampleAxis] = []
        for number in 0..<Int.random(in: 1...4, using: &generator) {
            let extent = Int.random(in: 1...6, using: &generator)
            let stays = number == 0 || Int.random(in: 0...2, using: &generator) == 0
            let length = Int.random(in: 1...9, using: &generator)
            axes.append(stays ? identity(extent) : random(extent, length, outside: seed % 2 == 0, &generator))
        }
        // Quarters of whole numbers: exact.
        let x = generator.wholeFloats(axes.reduce(1) { $0 * $1.inputExtent })
        let expected = definition(x, axes, extrapolation: -7)
        let result = try exercise(
            ResampleKernel(axes: axes, extrapolation: -7), inputs: [Input(x)],
            outputs: [Output(.float32, count: expected.count)])
        expectEqual(result.elements(), expected)
    }

    @Test("nothing changes where every axis stays")
    func unchanged() throws {
        let x = (0..<12).map { Float($0) }
        let result = try exercise(
            ResampleKernel(axes: [identity(3), identity(4)], extrapolation: 0), inputs: [Input(x)],
            outputs: [Output(.float32, count: 12)])
        expectEqual(result.elements(), x)
    }
}
