import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

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
