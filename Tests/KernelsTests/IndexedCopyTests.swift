import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

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
                testDescription: "long runs between borders", input: [3, 20, 1],
                tables: [
                    [-1, 0, 1, 2], Array(repeating: -1, count: 5) + Array(0..<20) + Array(3..<15) + [-1, -1, -1, -1],
                    [0],
                ]),
            Problem(
                testDescription: "pixels of three channels with a border", input: [2, 4, 3],
                tables: [[0, -1, 1], [-1, 0, 1, 2, 3, -1], [0, 1, 2]]),
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
