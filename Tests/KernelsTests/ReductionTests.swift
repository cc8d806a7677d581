import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite struct ReduceTests {
    struct Problem: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var shape: Shape
        var axes: [Int]
        var layout = Layout.rowMajor
        var pixelPitch: Int?

        var input: TensorDescriptor {
            TensorDescriptor(TensorType(.float32, shape), layout, pixelPitch: pixelPitch)
        }
        /// The result keeps its axes, with extent 1.
        var resultShape: Shape { Shape(shape.dimensions.enumerated().map { axes.contains($0) ? 1 : $1 }) }

        func kernel<Element: NumericElement & Comparable>(
            _ reduction: Reduction, _: Element.Type
        ) throws -> ReduceKernel<Element> {
            let (kept, reduced) = try nests()
            return ReduceKernel(reduction, kept: kept, reduced: reduced)
        }

        func vectorised(_ reduction: Reduction, _ options: KernelOptions) throws -> FloatReduceKernel? {
            let (kept, reduced) = try nests()
            return FloatReduceKernel(reduction, kept: kept, reduced: reduced, options: options)
        }

        private func nests() throws -> (kept: LoopNest, reduced: LoopNest) {
            let strides = input.strides
            let results = resultShape.rowMajorStrides
            let kept = shape.dimensions.indices.filter { !axes.contains($0) }
            let gone = shape.dimensions.indices.filter { axes.contains($0) }
            return (
                try #require(
                    LoopNest(
                        extents: kept.map { shape[$0] },
                        strides: [kept.map { strides[$0] }, kept.map { results[$0] }])),
                try #require(LoopNest(extents: gone.map { shape[$0] }, strides: [gone.map { strides[$0] }]))
            )
        }

        /// Offsets of the elements that go into each element of the result.
        var members: [[Int]] {
            var result = [[Int]](repeating: [], count: resultShape.elementCount)
            let (strides, results) = (input.strides, resultShape.rowMajorStrides)
            for index in 0..<shape.elementCount {
                var (rest, from, to) = (index, 0, 0)
                for axis in shape.dimensions.indices.reversed() {
                    let at = rest % shape[axis]
                    rest /= shape[axis]
                    from += at * strides[axis]
                    if !axes.contains(axis) { to += at * results[axis] }
                }
                result[to].append(from)
            }
            return result
        }
    }

    static let problems: [Problem] = [
        Problem(testDescription: "last axis", shape: [3, 5], axes: [1]),
        Problem(testDescription: "first axis", shape: [4, 6], axes: [0]),
        Problem(testDescription: "middle axis", shape: [2, 7, 3], axes: [1]),
        Problem(testDescription: "all axes", shape: [2, 3, 4], axes: [0, 1, 2]),
        Problem(testDescription: "no axes", shape: [2, 3], axes: []),
        Problem(testDescription: "a scalar", shape: [], axes: []),
        Problem(testDescription: "space, channels-last", shape: [2, 5, 4, 3], axes: [2, 3], layout: .channelsLast),
        Problem(
            testDescription: "channels of a slice", shape: [2, 5, 4, 3], axes: [1], layout: .channelsLast, pixelPitch: 8
        ),
        Problem(testDescription: "many short rows", shape: [50, 7, 3], axes: [2]),
        Problem(testDescription: "several tiles", shape: [2, 300, 111], axes: [1]),
        Problem(testDescription: "an empty result", shape: [0, 3], axes: [1]),
        Problem(testDescription: "many columns of many rows", shape: [2, 600, 300], axes: [1]),
        Problem(testDescription: "long rows", shape: [3, 5000], axes: [1]),
        Problem(testDescription: "a scalar of many numbers", shape: [70_001], axes: [0]),
        Problem(
            testDescription: "space of a slice", shape: [2, 133, 12, 13], axes: [2, 3], layout: .channelsLast,
            pixelPitch: 140),
    ]

    @Test("the vectorised kernel gives what the plain one gives, where strides allow it", arguments: problems)
    func vectorised(problem: Problem) throws {
        var generator = SeededGenerator(seed: 16)
        let extent = problem.input.strides.enumerated().reduce(1) { $0 + $1.1 * max(0, problem.shape[$1.0] - 1) }
        // Sums of whole numbers are exact in every order.
        let values = generator.wholeFloats(extent)
        for reduction in [Reduction.sum, .mean, .maximum, .minimum] {
            let expected: [Float] = try exercise(
                problem.kernel(reduction, Float.self), inputs: [Input(values)],
                outputs: [Output(.float32, count: problem.resultShape.elementCount)]
            ).elements()
            for options in try Engines.vectorOnly() {
                guard let kernel = try problem.vectorised(reduction, options) else { continue }
                let result = try exercise(
                    kernel, inputs: [Input(values)], outputs: [Output(.float32, count: expected.count)])
                expectEqual(result.elements(), expected, "\(reduction), \(options.name)")
            }
        }
    }

    @Test("the strides that are vectorised, and those that are not")
    func vectorisedStrides() throws {
        func isVectorised(_ name: String) throws -> Bool {
            let problem = try #require(ReduceTests.problems.first { $0.testDescription == name })
            return try problem.vectorised(.sum, Engines.one()) != nil
        }
        for name in [
            "last axis", "first axis", "space, channels-last", "many columns of many rows", "space of a slice",
        ] {
            #expect(try isVectorised(name), "\(name)")
        }
        let shape: Shape = [2, 5, 4, 3]
        let planes = Problem(testDescription: "", shape: shape, axes: [2], layout: .channelsLast)
        // Kept axes end in the width, whose elements lie apart; so do those of the height.
        #expect(try planes.vectorised(.sum, Engines.one()) == nil)
    }

    @Test("vectorised sums of 200,000 terms keep six digits; NaN and infinities come through")
    func vectorisedPrecision() throws {
        var generator = SeededGenerator(seed: 17)
        let values = generator.floats(200_000).map { $0 + 1 }
        let exact = values.reduce(0.0) { $0 + Double($1) }
        for (shape, axes) in [([200_000], [0]), ([100_000, 2], [0])] as [(Shape, [Int])] {
            let problem = Problem(testDescription: "", shape: shape, axes: axes)
            for options in try Engines.vectorOnly() {
                let kernel = try #require(try problem.vectorised(.sum, options))
                let count = problem.resultShape.elementCount
                let sums: [Float] = try exercise(
                    kernel, inputs: [Input(values)], outputs: [Output(.float32, count: count)]
                ).elements()
                let total = sums.reduce(0.0) { $0 + Double($1) }
                #expect(abs(total - exact) <= 1e-6 * exact, "\(options.name)")
                var broken = values
                (broken[777], broken[778]) = (.nan, .nan)
                for reduction in [Reduction.maximum, .minimum] {
                    let spoilt: [Float] = try exercise(
                        try #require(try problem.vectorised(reduction, options)), inputs: [Input(broken)],
                        outputs: [Output(.float32, count: count)]
                    ).elements()
                    #expect(spoilt.map(\.isNaN) == Array(repeating: true, count: count), "\(options.name)")
                }
            }
        }
    }

    @Test("sum, mean and maximum of whole numbers are exact in every type", arguments: problems)
    func definition(problem: Problem) throws {
        try check(problem, Float.self)
        guard problem.shape.elementCount < 10000 else { return }
        try check(problem, Double.self)
        try check(problem, Int32.self)
        try check(problem, Int64.self)
        try check(problem, Int8.self)
        try check(problem, Int16.self)
        try check(problem, UInt16.self)
        try check(problem, UInt32.self)
        try check(problem, UInt64.self)
    }

    private func check<Element: NumericElement & Comparable>(_ problem: Problem, _: Element.Type) throws {
        var generator = SeededGenerator(seed: 15)
        let extent = problem.input.strides.enumerated().reduce(1) { $0 + $1.1 * max(0, problem.shape[$1.0] - 1) }
        // Positive where the sum of a type of few bits would wrap less predictably than this test wants to know.
        let values = generator.wholeFloats(extent).map { Element(saturating: Double($0)) }
        let members = problem.members.map { $0.map { values[$0] } }
        for reduction in [Reduction.sum, .mean, .maximum] {
            let expected = members.map { elements -> Element in
                let sum = elements.reduce(0) { $0 + $1.double }
                let mean = Element.elementType.isFloatingPoint ? sum / Double(elements.count) : sum.rounded(.towardZero)
                switch reduction {
                case .sum:
                    return Element.elementType.isFloatingPoint
                        ? Element(saturating: sum) : Element(wrapping: Int64(sum))
                case .mean:
                    return Element.elementType.isFloatingPoint
                        ? Element(saturating: mean) : Element(wrapping: Int64(sum) / Int64(elements.count))
                case .maximum: return Element(saturating: elements.map(\.double).max() ?? 0)
                default: preconditionFailure("\(reduction) has tests of its own")
                }
            }
            let result = try exercise(
                problem.kernel(reduction, Element.self), inputs: [Input(values)],
                outputs: [Output(Element.elementType, count: expected.count)])
            let isEqual = result.elements() == expected
            #expect(isEqual, "\(reduction) of \(Element.elementType)")
        }
    }

    private func reduceAll<Element: NumericElement & Comparable>(
        _ values: [Element], _ reduction: Reduction
    ) throws -> Element {
        let problem = Problem(testDescription: "", shape: [values.count], axes: [0])
        let result = try exercise(
            problem.kernel(reduction, Element.self), inputs: [Input(values)],
            outputs: [Output(Element.elementType, count: 1)])
        return result.elements(as: Element.self)[0]
    }

    @Test("nothing adds up to zero and has the lowest maximum")
    func empty() throws {
        #expect(try reduceAll([] as [Float], .sum) == 0)
        #expect(try reduceAll([] as [Float], .mean).isNaN)
        #expect(try reduceAll([] as [Float], .maximum) == -.infinity)
        #expect(try reduceAll([] as [Int64], .mean) == 0)
        #expect(try reduceAll([] as [Int64], .maximum) == .min)
        #expect(try reduceAll([] as [UInt8], .maximum) == 0)
        #expect(try reduceAll([] as [Int16], .maximum) == .min)
        #expect(try reduceAll([] as [UInt64], .maximum) == 0)
        #expect(try reduceAll([] as [UInt64], .mean) == 0)
    }

    @Test("a NaN is the maximum wherever it stands", arguments: 0..<4)
    func notANumber(position: Int) throws {
        var values: [Float] = [1, 5, -2, 3]
        values[position] = .nan
        #expect(try reduceAll(values, .maximum).isNaN)
        #expect(try reduceAll(values, .sum).isNaN)
    }

    @Test("sums run in float64: numbers much smaller than the rest are not lost; integers beyond 2^53 are exact")
    func precision() throws {
        #expect(try reduceAll([0x1p24, 1, 1, -0x1p24] as [Float], .sum) == 2)
        #expect(try reduceAll([1 << 60, 1, 1] as [Int64], .sum) == 1 << 60 + 2)
        #expect(try reduceAll([1 << 60, 1 << 60 + 1] as [Int64], .maximum) == 1 << 60 + 1)
    }

    @Test("unsigned integers beyond the signed ones are not negative; sums wrap, as in NumPy")
    func unsigned() throws {
        let large: [UInt64] = [1 << 63, 7]
        #expect(try reduceAll(large, .sum) == 9_223_372_036_854_775_815)
        #expect(try reduceAll(large, .mean) == 4_611_686_018_427_387_907)
        #expect(try reduceAll(large, .maximum) == 1 << 63)
        #expect(try reduceAll([1 << 63, 1 << 63, 3] as [UInt64], .sum) == 3)
        #expect(try reduceAll([1 << 31, 1 << 31, 5] as [UInt32], .sum) == 5)
        #expect(try reduceAll([40_000, 30_000] as [UInt16], .sum) == 4464)
        #expect(try reduceAll([40_000, 30_000] as [UInt16], .mean) == 35_000)
    }
}

@Suite struct ArgMaxTests {
    private func run<Element: NumericElement & Comparable>(
        _ x: [Element], outer: Int, length: Int, inner: Int, selectsLast: Bool
    ) throws -> [Int64] {
        let kernel = ArgMaxKernel<Element>(outer: outer, length: length, inner: inner, selectsLast: selectsLast)
        return try exercise(kernel, inputs: [Input(x)], outputs: [Output(.int64, count: outer * inner)]).elements()
    }

    @Test(
        "the first or the last of the largest, along any axis",
        arguments: [
            (1, 6, 1), (4, 5, 1), (1, 5, 4), (3, 7, 5), (2, 1, 3), (0, 4, 2), (2, 3, 0), (150, 40, 11),
        ])
    func definition(outer: Int, length: Int, inner: Int) throws {
        var generator = SeededGenerator(seed: 16)
        // Few different numbers, so that ties are common.
        let x = generator.wholeFloats(outer * length * inner, bound: 2)
        for selectsLast in [false, true] {
            let expected = (0..<outer * inner).map { line -> Int64 in
                let values = (0..<length).map { x[(line / inner * length + $0) * inner + line % inner] }
                let place =
                    selectsLast ? values.lastIndex(of: values.max() ?? 0) : values.firstIndex(of: values.max() ?? 0)
                return Int64(place ?? -1)
            }
            #expect(try run(x, outer: outer, length: length, inner: inner, selectsLast: selectsLast) == expected)
        }
    }

    @Test("other types, and infinities")
    func types() throws {
        #expect(
            try run([1, 1 << 60, 1 << 60 + 1] as [Int64], outer: 1, length: 3, inner: 1, selectsLast: false) == [2])
        #expect(try run([200, 255, 3] as [UInt8], outer: 1, length: 3, inner: 1, selectsLast: false) == [1])
        #expect(try run([1, 1 << 63, 3] as [UInt64], outer: 1, length: 3, inner: 1, selectsLast: false) == [1])
        let infinities: [Float] = [-.infinity, -.infinity]
        #expect(try run(infinities, outer: 1, length: 2, inner: 1, selectsLast: true) == [1])
    }
}

@Suite struct TopKTests {
    @Test(
        "the k best, best first, ties by position, as a stable sort has them",
        arguments: [
            (1, 6, 1, 3), (3, 8, 1, 8), (2, 9, 4, 2), (1, 1, 1, 1), (2, 5, 3, 0), (0, 5, 1, 2), (1, 100, 1, 10),
            (70, 6, 160, 2),
        ])
    func definition(outer: Int, length: Int, inner: Int, k: Int) throws {
        var generator = SeededGenerator(seed: 17)
        let x = generator.wholeFloats(outer * length * inner)
        for isLargest in [true, false] {
            var values = [Float](repeating: .nan, count: outer * k * inner)
            var indices = [Int64](repeating: -1, count: outer * k * inner)
            for line in 0..<outer * inner {
                func at(_ place: Int) -> Float { x[(line / inner * length + place) * inner + line % inner] }
                let order = (0..<length).sorted { a, b in
                    at(a) == at(b) ? a < b : isLargest ? at(a) > at(b) : at(a) < at(b)
                }
                for (place, index) in order.prefix(k).enumerated() {
                    values[(line / inner * k + place) * inner + line % inner] = at(index)
                    indices[(line / inner * k + place) * inner + line % inner] = Int64(index)
                }
            }
            let kernel = TopKKernel<Float>(outer: outer, length: length, inner: inner, k: k, isLargest: isLargest)
            let result = try exercise(
                kernel, inputs: [Input(x)],
                outputs: [Output(.float32, count: values.count), Output(.int64, count: values.count)])
            expectEqual(result.elements(), values)
            #expect(result.elements(1) == indices)
        }
    }

    @Test("integers beyond 2^53 keep their order")
    func integers() throws {
        let x: [Int64] = [1 << 60, 1 << 60 + 1, .min, .max]
        let kernel = TopKKernel<Int64>(outer: 1, length: 4, inner: 1, k: 3, isLargest: true)
        let result = try exercise(
            kernel, inputs: [Input(x)], outputs: [Output(.int64, count: 3), Output(.int64, count: 3)])
        #expect(result.elements(0) == [.max, 1 << 60 + 1, 1 << 60] as [Int64])
        #expect(result.elements(1) == [3, 1, 0] as [Int64])
        let unsigned = TopKKernel<UInt64>(outer: 1, length: 4, inner: 1, k: 3, isLargest: false)
        let smallest = try exercise(
            unsigned, inputs: [Input([1 << 63, 1, .max, 1 << 63 + 1] as [UInt64])],
            outputs: [Output(.uint64, count: 3), Output(.int64, count: 3)])
        #expect(smallest.elements(0) == [1, 1 << 63, 1 << 63 + 1] as [UInt64])
        #expect(smallest.elements(1) == [1, 0, 3] as [Int64])
    }
}
