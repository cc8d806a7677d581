import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite struct ClampTests {
    static let odd: [Float] = [-.infinity, .infinity, .nan, -0.0, 0, 0x1p-149, -3, 3, 5.5, -5.5]

    @Test("numbers are moved into the range, NaN passes", arguments: [1, 3, 4, 7, 8, 15, 16, 17, 33, 80_003])
    func definition(count: Int) throws {
        let x = (0..<count).map { ClampTests.odd[$0 % ClampTests.odd.count] }
        for range in [ClampRange.relu, .unbounded, ClampRange(lower: -3, upper: 4), ClampRange(lower: 2, upper: 2)] {
            let expected = x.map { $0 < range.lower ? range.lower : $0 > range.upper ? range.upper : $0 }
            for options in try Engines.vectorOnly() {
                let kernel = EpilogueKernel(count: count, Epilogue(clamp: range), options: options)
                let result = try exercise(kernel, inputs: [Input(x)], outputs: [Output(.float32, count: count)])
                expectEqual(result.elements(), expected, "\(range), \(options.name)")
            }
        }
    }

    @Test("one clamp after another is the one that they make together")
    func composition() {
        let ranges = [
            ClampRange.relu, .unbounded, ClampRange(lower: -1, upper: 1), ClampRange(lower: 3, upper: 6),
            ClampRange(lower: -9, upper: -4), ClampRange(lower: 0, upper: 6),
        ]
        func apply(_ range: ClampRange, _ x: Float) -> Float { min(max(x, range.lower), range.upper) }
        for first in ranges {
            for second in ranges {
                for x in [-.infinity, -20, -5, -0.5, 0, 0.5, 2, 5, 7, .infinity] as [Float] {
                    #expect(apply(first.followed(by: second), x) == apply(second, apply(first, x)))
                }
            }
        }
    }
}

@Suite struct MapTests {
    @Test("every element goes through the function, between types of different width", arguments: [0, 1, 5, 100_001])
    func definition(count: Int) throws {
        let x = (0..<count).map { Int8(truncatingIfNeeded: $0) }
        let kernel = MapKernel(count: count) { (value: Int8) in Int64(value) * 3 }
        let result = try exercise(kernel, inputs: [Input(x)], outputs: [Output(.int64, count: count)])
        let isEqual = result.elements() == x.map { Int64($0) * 3 }
        #expect(isEqual)
    }
}

@Suite struct CastTests {
    private func cast<From: TensorElement, To: TensorElement>(_ x: [From], to _: To.Type) throws -> [To] {
        let kernel = MapKernel.cast(count: x.count, from: From.elementType, to: To.elementType)
        return try exercise(kernel, inputs: [Input(x)], outputs: [Output(To.elementType, count: x.count)]).elements()
    }

    @Test("floating point to integers: towards zero, held within the range, NaN is zero")
    func realsToIntegers() throws {
        let floats: [Float] = [-1.9, 1.9, 300, -300, 3e9, -1e30, .infinity, .nan]
        let doubles = floats.map(Double.init)
        #expect(try cast(floats, to: Int8.self) == [-1, 1, 127, -128, 127, -128, 127, 0])
        #expect(try cast(doubles, to: Int8.self) == [-1, 1, 127, -128, 127, -128, 127, 0])
        #expect(try cast(floats, to: UInt8.self) == [0, 1, 255, 0, 255, 0, 255, 0])
        #expect(try cast(doubles, to: UInt8.self) == [0, 1, 255, 0, 255, 0, 255, 0])
        #expect(try cast(floats, to: Int16.self) == [-1, 1, 300, -300, .max, .min, .max, 0])
        #expect(try cast(doubles, to: Int16.self) == [-1, 1, 300, -300, .max, .min, .max, 0])
        #expect(try cast(floats, to: UInt16.self) == [0, 1, 300, 0, .max, 0, .max, 0])
        #expect(try cast(doubles, to: UInt16.self) == [0, 1, 300, 0, .max, 0, .max, 0])
        #expect(try cast(floats, to: Int32.self) == [-1, 1, 300, -300, .max, .min, .max, 0])
        #expect(try cast(doubles, to: Int32.self) == [-1, 1, 300, -300, .max, .min, .max, 0])
        #expect(try cast(floats, to: UInt32.self) == [0, 1, 300, 0, 3_000_000_000, 0, .max, 0])
        #expect(try cast(doubles, to: UInt32.self) == [0, 1, 300, 0, 3_000_000_000, 0, .max, 0])
        #expect(try cast(floats, to: Int64.self) == [-1, 1, 300, -300, 3_000_000_000, .min, .max, 0])
        #expect(try cast(doubles, to: Int64.self) == [-1, 1, 300, -300, 3_000_000_000, .min, .max, 0])
        #expect(try cast(floats, to: UInt64.self) == [0, 1, 300, 0, 3_000_000_000, 0, .max, 0])
        #expect(try cast(doubles, to: UInt64.self) == [0, 1, 300, 0, 3_000_000_000, 0, .max, 0])
        #expect(try cast([0x1p63, 0x1p64] as [Double], to: UInt64.self) == [1 << 63, .max])
    }

    @Test("anything but zero is true, NaN included; true is one")
    func truth() throws {
        #expect(try cast([0, -0.0, 0.1, .nan] as [Float], to: Bool.self) == [false, false, true, true])
        #expect(try cast([0, 0x1p-1074] as [Double], to: Bool.self) == [false, true])
        #expect(try cast([0, -1, 64] as [Int8], to: Bool.self) == [false, true, true])
        #expect(try cast([0, 255] as [UInt8], to: Bool.self) == [false, true])
        #expect(try cast([0, 256] as [Int16], to: Bool.self) == [false, true])
        #expect(try cast([0, 256] as [UInt16], to: Bool.self) == [false, true])
        #expect(try cast([0, 256] as [Int32], to: Bool.self) == [false, true])
        #expect(try cast([0, 1 << 31] as [UInt32], to: Bool.self) == [false, true])
        #expect(try cast([0, 1 << 63] as [UInt64], to: Bool.self) == [false, true])
        #expect(try cast([0, 1 << 32] as [Int64], to: Bool.self) == [false, true])
        #expect(try cast([false, true], to: Bool.self) == [false, true])
        #expect(try cast([false, true], to: Float.self) == [0, 1])
        #expect(try cast([false, true], to: Double.self) == [0, 1])
        #expect(try cast([false, true], to: Int8.self) == [0, 1])
        #expect(try cast([false, true], to: UInt8.self) == [0, 1])
        #expect(try cast([false, true], to: Int16.self) == [0, 1])
        #expect(try cast([false, true], to: UInt16.self) == [0, 1])
        #expect(try cast([false, true], to: Int32.self) == [0, 1])
        #expect(try cast([false, true], to: UInt32.self) == [0, 1])
        #expect(try cast([false, true], to: Int64.self) == [0, 1])
        #expect(try cast([false, true], to: UInt64.self) == [0, 1])
    }

    @Test("integers among themselves keep their low bits")
    func integers() throws {
        #expect(try cast([-1, 1 << 40 + 5, 300] as [Int64], to: Int8.self) == [-1, 5, 44])
        #expect(try cast([-1, 1 << 40 + 5, 300] as [Int64], to: UInt8.self) == [255, 5, 44])
        #expect(try cast([-1, 1 << 40 + 5, .min] as [Int64], to: Int32.self) == [-1, 5, 0])
        #expect(try cast([.min, .max] as [Int64], to: Int64.self) == [.min, .max])
        #expect(try cast([-1, 300] as [Int32], to: Int8.self) == [-1, 44])
        #expect(try cast([-1, 300] as [Int32], to: UInt8.self) == [255, 44])
        #expect(try cast([.min, .max] as [Int32], to: Int32.self) == [.min, .max])
        #expect(try cast([.min, .max] as [Int32], to: Int64.self) == [-0x8000_0000, 0x7FFF_FFFF])
        #expect(try cast([-1, 127] as [Int8], to: UInt8.self) == [255, 127])
        #expect(try cast([-128, 127] as [Int8], to: Int8.self) == [-128, 127])
        #expect(try cast([-128, 127] as [Int8], to: Int32.self) == [-128, 127])
        #expect(try cast([-128, 127] as [Int8], to: Int64.self) == [-128, 127])
        #expect(try cast([200] as [UInt8], to: Int8.self) == [-56])
        #expect(try cast([200] as [UInt8], to: UInt8.self) == [200])
        #expect(try cast([200] as [UInt8], to: Int32.self) == [200])
        #expect(try cast([200] as [UInt8], to: Int64.self) == [200])
    }

    @Test("integers of 16 bits and unsigned ones keep their low bits too, as in NumPy")
    func furtherIntegers() throws {
        let wide: [Int64] = [-1, 1 << 40 + 5, 70_000]
        #expect(try cast(wide, to: Int16.self) == [-1, 5, 4464])
        #expect(try cast(wide, to: UInt16.self) == [.max, 5, 4464])
        #expect(try cast(wide, to: UInt32.self) == [.max, 5, 70_000])
        #expect(try cast(wide, to: UInt64.self) == [.max, 1 << 40 + 5, 70_000])
        let widest: [UInt64] = [.max, 1 << 63, 40_000]
        #expect(try cast(widest, to: Int8.self) == [-1, 0, 64])
        #expect(try cast(widest, to: Int16.self) == [-1, 0, -25_536])
        #expect(try cast(widest, to: UInt16.self) == [.max, 0, 40_000])
        #expect(try cast(widest, to: Int32.self) == [-1, 0, 40_000])
        #expect(try cast(widest, to: UInt32.self) == [.max, 0, 40_000])
        #expect(try cast(widest, to: Int64.self) == [-1, .min, 40_000])
        #expect(try cast(widest, to: UInt64.self) == widest)
        #expect(try cast([.min, 300] as [Int16], to: UInt8.self) == [0, 44])
        #expect(try cast([.min, 300] as [Int16], to: UInt16.self) == [32_768, 300])
        #expect(try cast([.min, 300] as [Int16], to: UInt32.self) == [4_294_934_528, 300])
        #expect(try cast([.min, 300] as [Int16], to: UInt64.self) == [18_446_744_073_709_518_848, 300])
        #expect(try cast([.max, 300] as [UInt16], to: Int8.self) == [-1, 44])
        #expect(try cast([.max, 300] as [UInt16], to: Int16.self) == [-1, 300])
        #expect(try cast([.max, 300] as [UInt16], to: UInt64.self) == [65_535, 300])
        #expect(try cast([.max, 1 << 31] as [UInt32], to: Int16.self) == [-1, 0])
        #expect(try cast([.max, 1 << 31] as [UInt32], to: Int32.self) == [-1, .min])
        #expect(try cast([.max, 1 << 31] as [UInt32], to: Int64.self) == [4_294_967_295, 1 << 31])
    }

    @Test("to floating point: rounded once, to the nearest")
    func toReals() throws {
        #expect(try cast([-128, 127] as [Int8], to: Float.self) == [-128, 127])
        #expect(try cast([-128, 127] as [Int8], to: Double.self) == [-128, 127])
        #expect(try cast([255] as [UInt8], to: Float.self) == [255])
        #expect(try cast([255] as [UInt8], to: Double.self) == [255])
        #expect(try cast([.max, 1 << 24 + 1] as [Int32], to: Float.self) == [0x1p31, 0x1p24])
        #expect(try cast([.max] as [Int32], to: Double.self) == [2_147_483_647])
        #expect(try cast([1 << 53 + 1, .min] as [Int64], to: Double.self) == [0x1p53, -0x1p63])
        // Through float64 this would be rounded to even twice, and end at 2^54.
        #expect(try cast([1 << 54 + 1 << 30 + 1] as [Int64], to: Float.self) == [Float(1 << 54 + 1 << 30 + 1)])
        #expect(try cast([.min, .max] as [Int16], to: Float.self) == [-32_768, 32_767])
        #expect(try cast([.max] as [UInt16], to: Float.self) == [65_535])
        #expect(try cast([.max, 1 << 24 + 1] as [UInt32], to: Float.self) == [0x1p32, 0x1p24])
        #expect(try cast([.max] as [UInt32], to: Double.self) == [4_294_967_295])
        #expect(try cast([.max, 1 << 63 + 1025] as [UInt64], to: Double.self) == [0x1p64, 0x1.0000000000001p63])
        #expect(try cast([1 << 63 + 1 << 39 + 1] as [UInt64], to: Float.self) == [0x1.000002p63])
        #expect(try cast([65_519, .max] as [UInt16], to: Float16.self).map(\.bitPattern) == [0x7bff, 0x7c00])
        let odd: [Float] = [-0.0, .infinity, .nan, 0x1p-149, 0.1]
        expectEqual(try cast(odd, to: Float.self), odd)
        #expect(try cast(odd, to: Double.self).map { Float($0).bitPattern } == odd.map(\.bitPattern))
        expectEqual(
            try cast([1e300, -1e300, 0.1, .nan] as [Double], to: Float.self), [.infinity, -.infinity, 0.1, .nan])
        #expect(try cast([1e300, 0.1] as [Double], to: Double.self) == [1e300, 0.1])
    }
}

@Suite struct ZipTests {
    private func nest(_ extents: [Int], _ strides: [[Int]]) throws -> LoopNest {
        try #require(LoopNest(extents: extents, strides: strides))
    }

    @Test(
        "elements meet as broadcasting says, whichever side is repeated",
        arguments: [
            ([3, 4], [4, 1], [4, 1]), ([3, 4], [4, 1], [0, 1]), ([3, 4], [4, 1], [1, 0]), ([3, 4], [0, 1], [4, 1]),
            ([3, 4], [1, 0], [0, 1]), ([3, 4], [0, 0], [4, 1]), ([3, 4], [4, 1], [0, 0]),
            ([2, 5, 3], [15, 3, 1], [0, 3, 1]),
            ([4, 3], [1, 4], [3, 1]), ([], [], []), ([0, 4], [4, 1], [0, 1]),
            ([2, 3, 2, 2], [1, 24, 2, 4], [12, 4, 2, 1]),
            // Inner strides 1 and 4; then 1, 0 and 1, 1 on the right with 3 in the result.
            ([4, 4], [4, 1], [1, 4]), ([20, 3], [1, 20], [0, 1]), ([20, 3], [1, 20], [1, 20]),
            ([300, 250], [1, 300], [250, 1]), ([250, 300], [300, 1], [1, 0]),
        ] as [([Int], [Int], [Int])])
    func broadcasting(extents: [Int], aStrides: [Int], bStrides: [Int]) throws {
        let shape = Shape(extents)
        func count(_ strides: [Int]) -> Int { zip(extents, strides).reduce(1) { $0 + max(0, $1.0 - 1) * $1.1 } }
        let a = (0..<count(aStrides)).map { Float($0) }
        let b = (0..<count(bStrides)).map { Int32($0) }
        let expected = (0..<shape.elementCount).map { index -> Double in
            var (rest, left, right) = (index, 0, 0)
            for axis in extents.indices.reversed() {
                left += rest % extents[axis] * aStrides[axis]
                right += rest % extents[axis] * bStrides[axis]
                rest /= extents[axis]
            }
            return Double(a[left]) - 1000 * Double(b[right])
        }
        let kernel = ZipKernel(nest: try nest(extents, [aStrides, bStrides, shape.rowMajorStrides])) {
            (a: Float, b: Int32) in Double(a) - 1000 * Double(b)
        }
        let result = try exercise(
            kernel, inputs: [Input(a), Input(b)], outputs: [Output(.float64, count: expected.count)])
        let isEqual = result.elements() == expected
        #expect(isEqual)
    }

    @Test(
        "a forbidden divisor is reported before anything divides by it",
        arguments: [
            ([6], [1], [1, 2, 3, 4, 5, 6], nil), ([6], [1], [1, 2, 3, 4, 5, 0], Fault.divisionByZero),
            ([2, 3], [0, 1], [4, 0, 2], .divisionByZero), ([2, 3], [1, 0], [4, 0], .divisionByZero),
            ([2, 3], [0, 0], [0], .divisionByZero), ([2, 3], [0, 0], [3], nil), ([0], [1], [0], nil),
            // The zero stands between the elements that are used.
            ([3], [2], [1, 0, 2, 0, 3], nil),
        ] as [([Int], [Int], [Int32], Fault?)])
    func division(extents: [Int], strides: [Int], divisors: [Int32], fault: Fault?) throws {
        let shape = Shape(extents)
        let a = (0..<max(1, shape.elementCount)).map { Int32($0) + 100 }
        let kernel = ZipKernel(
            nest: try nest(extents, [shape.rowMajorStrides, strides, shape.rowMajorStrides]),
            forbidden: { (divisor: Int32) in divisor == 0 }
        ) { (a: Int32, b: Int32) in a / b }
        let result = try exercise(
            kernel, inputs: [Input(a), Input(divisors)], outputs: [Output(.int32, count: shape.elementCount)])
        #expect(result.fault == fault)
    }
}

@Suite struct FaultFlagTests {
    @Test("a fault is taken once; running a kernel alone turns it into an error")
    func taking() throws {
        let kernel = GatherKernel(outer: 1, extent: 2, innerBytes: 4, indexCount: 1, indexType: .int64)
        let x = try Tensor([1, 2] as [Float], shape: [2])
        let y = try Tensor(.float32, shape: [1])
        func run(_ index: Int64) throws -> [Float] {
            try runOnce(kernel, inputs: [x, Tensor([index], shape: [1])], outputs: [y])[0].elements()
        }
        #expect(try errorCode { _ = try run(2) } == .invalidInput)
        #expect(try run(1) == [2])
        // What was handed in stays.
        #expect(try y.elements() == [0] as [Float])
        #expect(FaultFlag().take() == nil)
        #expect(!FaultFlag().isRaised)
    }
}

@Suite struct SelectTests {
    @Test("the condition chooses, broadcast over every operand; 1, 4 and 8 bytes")
    func definition() throws {
        func check<Element: NumericElement & Equatable>(_: Element.Type) throws {
            let nest = try #require(
                LoopNest(extents: [2, 3], strides: [[0, 1], [3, 1], [1, 0], [3, 1]]))
            let a = [1, 2, 3, 4, 5, 6].map { Element(wrapping: $0) }
            let b = [10, 20].map { Element(wrapping: $0) }
            // Any byte but 0 is true.
            let kernel = SelectKernel(nest: nest, elementType: Element.elementType)
            let result = try exercise(
                kernel, inputs: [Input([1, 0, 255] as [UInt8]), Input(a), Input(b)],
                outputs: [Output(Element.elementType, count: 6)])
            #expect(result.elements() == [1, 10, 3, 4, 20, 6].map { Element(wrapping: $0) })
        }
        try check(UInt8.self)
        try check(Float.self)
        try check(Int64.self)
    }

    @Test("several tiles")
    func tiles() throws {
        let count = 70_000
        let nest = try #require(
            LoopNest(extents: [7, 10_000], strides: [[1, 7], [10_000, 1], [0, 0], [10_000, 1]]))
        let condition = (0..<count).map { $0 % 3 == 0 }
        let a = (0..<count).map { Float($0) }
        let expected = (0..<count).map { condition[$0 / 10_000 + $0 % 10_000 * 7] ? a[$0] : -1 }
        let kernel = SelectKernel(nest: nest, elementType: .float32)
        let result = try exercise(
            kernel, inputs: [Input(condition), Input(a), Input([-1] as [Float])],
            outputs: [Output(.float32, count: count)])
        expectEqual(result.elements(), expected)
    }
}

@Suite struct FoldTests {
    @Test("operands are combined from left to right, broadcast, and finished once")
    func definition() throws {
        func nest(_ strides: [Int]) throws -> LoopNest {
            try #require(LoopNest(extents: [2, 3], strides: [strides, [3, 1]]))
        }
        let kernel = FoldKernel<Float>(
            nests: [try nest([3, 1]), try nest([0, 1]), try nest([1, 0])], combine: { $0 - $1 }, finish: { $0 / 2 })
        let result = try exercise(
            kernel,
            inputs: [
                Input([10, 20, 30, 40, 50, 60] as [Float]), Input([1, 2, 3] as [Float]), Input([4, 8] as [Float]),
            ],
            outputs: [Output(.float32, count: 6)])
        #expect(result.elements() == [2.5, 7, 11.5, 15.5, 20, 24.5] as [Float])
    }

    @Test("one operand is finished alone")
    func single() throws {
        let nest = try #require(LoopNest(extents: [3], strides: [[1], [1]]))
        let kernel = FoldKernel<Int32>(nests: [nest], combine: { $0 + $1 }, finish: { -$0 })
        let result = try exercise(kernel, inputs: [Input([1, 2, 3] as [Int32])], outputs: [Output(.int32, count: 3)])
        #expect(result.elements() == [-1, -2, -3] as [Int32])
    }
}

@Suite struct CopyWithMaskTests {
    @Test("the mask is one everywhere, in the type that was asked for")
    func definition() throws {
        let x: [Float] = [1, 2, 3]
        let booleans = CopyWithMaskKernel(byteCount: 12, maskType: .bool, maskCount: 3)
        let one = try exercise(
            booleans, inputs: [Input(x)], outputs: [Output(.float32, count: 3), Output(.bool, count: 3)])
        #expect(one.elements() == x)
        #expect(one.elements(1) == [true, true, true])
        let floats = CopyWithMaskKernel(byteCount: 12, maskType: .float32, maskCount: 3)
        let other = try exercise(
            floats, inputs: [Input(x)], outputs: [Output(.float32, count: 3), Output(.float32, count: 3)])
        #expect(other.elements(1) == [1, 1, 1] as [Float])
    }
}
