import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// The reductions that are neither sums, means nor maxima.
@Suite struct FurtherReductionTests {
    @Test(
        "minima, sums of absolute values and of squares, and norms of whole numbers are exact in every type",
        arguments: ReduceTests.problems)
    func definition(problem: ReduceTests.Problem) throws {
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

    private func check<Element: NumericElement & Comparable>(_ problem: ReduceTests.Problem, _: Element.Type) throws {
        var generator = SeededGenerator(seed: 18)
        let extent = problem.input.strides.enumerated().reduce(1) { $0 + $1.1 * max(0, problem.shape[$1.0] - 1) }
        let values = generator.wholeFloats(extent).map { Element(saturating: Double($0)) }
        let members = problem.members.map { $0.map { values[$0].double } }
        func squareSum(_ elements: [Double]) -> Double { elements.reduce(0.0) { $0 + $1 * $1 } }
        let definitions: [(Reduction, ([Double]) -> Element)] = [
            (.minimum, { Element(saturating: $0.min() ?? .infinity) }),
            (.absoluteSum, { Element.whole($0.map(abs).reduce(0.0, +)) }),
            (.squareSum, { Element.whole(squareSum($0)) }),
            (.norm, { Element(saturating: squareSum($0).squareRoot()) }),
        ]
        for (reduction, definition) in definitions {
            let expected = members.map(definition)
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
        let problem = ReduceTests.Problem(testDescription: "", shape: [values.count], axes: [0])
        let result = try exercise(
            problem.kernel(reduction, Element.self), inputs: [Input(values)],
            outputs: [Output(Element.elementType, count: 1)])
        return result.elements(as: Element.self)[0]
    }

    @Test("what nothing reduces to")
    func empty() throws {
        #expect(try reduceAll([] as [Float], .minimum) == .infinity)
        #expect(try reduceAll([] as [Int8], .minimum) == 127)
        #expect(try reduceAll([] as [Int64], .minimum) == .max)
        #expect(try reduceAll([] as [UInt64], .minimum) == .max)
        #expect(try reduceAll([] as [Float], .product) == 1)
        #expect(try reduceAll([] as [Int32], .product) == 1)
        for reduction in [Reduction.absoluteSum, .squareSum, .norm] {
            #expect(try reduceAll([] as [Double], reduction) == 0)
            #expect(try reduceAll([] as [Int32], reduction) == 0)
        }
        #expect(try reduceAll([] as [Float], .logSum) == -.infinity)
        #expect(try reduceAll([] as [Float], .logSumExp) == -.infinity)
    }

    @Test("a NaN comes through wherever it stands", arguments: 0..<3)
    func notANumber(position: Int) throws {
        var values: [Float] = [1, .infinity, -2]
        values[position] = .nan
        for reduction in [Reduction.minimum, .product, .absoluteSum, .squareSum, .norm, .logSum, .logSumExp] {
            #expect(try reduceAll(values, reduction).isNaN, "\(reduction)")
        }
    }

    @Test("products: floats run in float64, integers wrap")
    func products() throws {
        #expect(try reduceAll([0x1p100, 0x1p100, 0x1p-120] as [Float], .product) == 0x1p80)
        #expect(try reduceAll([1 << 40, 1 << 23, 3] as [Int64], .product) == .min)
        #expect(try reduceAll([100, 3] as [Int8], .product) == 44)
        #expect(try reduceAll([-300, 300] as [Int16], .product) == -24_464)
        #expect(try reduceAll([1 << 63, 7] as [UInt64], .product) == 1 << 63)
    }

    @Test("squares that overflow float32 do no harm; integers beyond 2^53 are exact")
    func precision() throws {
        #expect(try reduceAll([0x1.8p101, 0x1p102] as [Float], .norm) == 0x1.4p102)
        #expect(try reduceAll([-(1 << 60), 1] as [Int64], .absoluteSum) == 1 << 60 + 1)
        #expect(try reduceAll([1 << 30, 1] as [Int64], .squareSum) == 1 << 60 + 1)
        #expect(try reduceAll([1 << 60 + 1, 1 << 60] as [Int64], .minimum) == 1 << 60)
        #expect(try reduceAll([1 << 63, 7] as [UInt64], .absoluteSum) == 1 << 63 + 7)
        #expect(try reduceAll([1 << 63, 7] as [UInt64], .squareSum) == 49)
        #expect(try reduceAll([1 << 63, 7] as [UInt64], .minimum) == 7)
    }

    @Test("logarithms of sums of exponentials that overflow or vanish")
    func logarithms() throws {
        #expect(try reduceAll([1000, 1000] as [Double], .logSumExp) == 1000 + log(2.0))
        #expect(try reduceAll([-1000, -1000] as [Double], .logSumExp) == -1000 + log(2.0))
        #expect(try reduceAll([-.infinity, -.infinity] as [Float], .logSumExp) == -.infinity)
        #expect(try reduceAll([.infinity, -.infinity] as [Float], .logSumExp) == .infinity)
        #expect(try reduceAll([-.infinity, 3] as [Float], .logSumExp) == 3)
        #expect(try reduceAll([3, 5] as [Double], .logSum) == log(8.0))
        #expect(try reduceAll([3, -5] as [Float], .logSum).isNaN)
    }
}

extension NumericElement {
    /// A whole number in this type, wrapped where it is an integer.
    fileprivate static func whole(_ value: Double) -> Self {
        elementType.isFloatingPoint ? Self(saturating: value) : Self(wrapping: Int64(value))
    }
}

@Suite struct ArgMinTests {
    @Test("the first or the last of the smallest", arguments: [(false, [1, 0]), (true, [2, 1])] as [(Bool, [Int64])])
    func definition(selectsLast: Bool, expected: [Int64]) throws {
        let kernel = ArgMaxKernel<Int32>(
            outer: 1, length: 3, inner: 2, selectsSmallest: true, selectsLast: selectsLast)
        let x: [Int32] = [5, -7, 3, -7, 3, 9]
        let result = try exercise(kernel, inputs: [Input(x)], outputs: [Output(.int64, count: 2)])
        #expect(result.elements() == expected)
    }
}
