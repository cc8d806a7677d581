import DeeperTensors
import DeeperTestSupport
import Testing

@Suite struct ShapeTests {
    @Test(
        "extents that can be addressed give their product",
        arguments: [
            ([], 1), ([0], 0), ([3], 3), ([2, 3, 4], 24), ([1, 1, 1], 1), ([5, 0, 7], 0),
            ([0, 1 << 20, 1 << 20], 0), ([1 << 40, 0], 0), ([.max / 64], .max / 64),
        ] as [([Int], Int)])
    func sound(dimensions: [Int], count: Int) throws {
        for shape in [try Shape(validating: dimensions), Shape(dimensions)] {
            #expect(shape.elementCount == count)
            #expect(shape.rank == dimensions.count)
            #expect(shape.isEmpty == (count == 0))
            #expect(shape.dimensions == dimensions)
        }
    }

    @Test(
        "negative extents and too many elements are errors, not traps",
        arguments: [
            ([-1], .invalidModel), ([3, -2, 4], .invalidModel), ([0, -1], .invalidModel), ([-1, 0], .invalidModel),
            ([.max, -1], .invalidModel), ([.min], .invalidModel),
            ([.max], .limitExceeded), ([.max / 64 + 1], .limitExceeded), ([.max, .max], .limitExceeded),
            // Empty, but a part of it, or its gradient, would not be.
            ([0, .max, .max], .limitExceeded), ([1 << 40, 0, 1 << 40], .limitExceeded),
            ([1 << 32, 1 << 32], .limitExceeded), ([1 << 31, 1 << 31], .limitExceeded),
        ] as [([Int], DeeperError.Code)])
    func unsound(dimensions: [Int], code: DeeperError.Code) throws {
        #expect(try errorCode { _ = try Shape(validating: dimensions) } == code)
    }

    @Test("any count that is accepted can be counted in bytes of the widest element type")
    func byteCountsFit() throws {
        let shape = try Shape(validating: [.max / 64])
        for type in ElementType.allCases {
            #expect(TensorType(type, shape).byteCount == (Int.max / 64) * type.byteCount)
        }
    }

    @Test(
        "row-major strides are products of the extents that follow",
        arguments: [
            ([], []), ([7], [1]), ([2, 3, 4], [12, 4, 1]), ([2, 0, 4], [4, 4, 1]), ([0, 3], [3, 1]),
        ] as [([Int], [Int])])
    func strides(dimensions: [Int], expected: [Int]) {
        #expect(Shape(dimensions).rowMajorStrides == expected)
    }

    @Test("strides of an empty shape of absurd extents do not trap")
    func stridesOfAbsurdExtents() {
        #expect(Shape([.max, .max, .max, 0]).rowMajorStrides.count == 4)
    }

    @Test("walking the strides visits every offset once, in order")
    func stridesVisitEverything() {
        let shape: Shape = [3, 1, 4, 2]
        let strides = shape.rowMajorStrides
        var offsets: [Int] = []
        for a in 0..<3 {
            for c in 0..<4 {
                for d in 0..<2 { offsets.append(a * strides[0] + c * strides[2] + d * strides[3]) }
            }
        }
        #expect(offsets == Array(0..<shape.elementCount))
    }

    @Test("shapes are equal if their extents are; they read like a list")
    func values() {
        #expect([2, 3] as Shape == Shape([2, 3]))
        #expect([2, 3] as Shape != [3, 2])
        #expect([0, 2] as Shape != [0, 3])
        #expect(Shape([]).description == "[]")
        #expect(Shape([1, 64, 7]).description == "[1, 64, 7]")
    }
}
