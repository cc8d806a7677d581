import DeeperTensors
import DeeperTestSupport
import Testing

@Suite struct LayoutTests {
    private func descriptor(_ shape: Shape, _ layout: Layout = .rowMajor, pixelPitch: Int? = nil) -> TensorDescriptor {
        TensorDescriptor(TensorType(.float32, shape), layout, pixelPitch: pixelPitch)
    }

    @Test(
        "channels move after the spatial axes from rank 3 on",
        arguments: [
            (0, []), (1, [0]), (2, [0, 1]), (3, [0, 2, 1]), (4, [0, 2, 3, 1]), (5, [0, 2, 3, 4, 1]),
        ] as [(Int, [Int])])
    func physicalAxes(rank: Int, axes: [Int]) {
        #expect(Layout.channelsLast.physicalAxes(rank: rank) == axes)
        #expect(Layout.rowMajor.physicalAxes(rank: rank) == Array(0..<rank))
        let shape = Shape((0..<rank).map { $0 + 2 })
        #expect(descriptor(shape, .channelsLast).physicalExtents == axes.map { shape[$0] })
    }

    @Test(
        "strides of both layouts and of a slice of channels",
        arguments: [
            ([2, 3, 4, 5], .rowMajor, nil, [60, 20, 5, 1]),
            ([2, 3, 4, 5], .channelsLast, nil, [60, 1, 15, 3]),
            ([2, 3, 4, 5], .channelsLast, 10, [200, 1, 50, 10]),
            ([2, 3, 7], .channelsLast, 4, [28, 1, 4]),
            ([2, 3, 2, 2, 2], .channelsLast, 5, [40, 1, 20, 10, 5]),
            // Below rank 3 there is one order only.
            ([2, 3], .channelsLast, nil, [3, 1]),
            ([6], .channelsLast, nil, [1]),
            ([], .channelsLast, nil, []),
        ] as [(Shape, Layout, Int?, [Int])])
    func strides(shape: Shape, layout: Layout, pixelPitch: Int?, expected: [Int]) {
        #expect(descriptor(shape, layout, pixelPitch: pixelPitch).strides == expected)
    }

    @Test(
        "walking the physical axes of a dense value visits its memory in order",
        arguments: [Layout.rowMajor, .channelsLast])
    func denseValuesFillTheirMemory(layout: Layout) {
        let value = descriptor([2, 3, 4, 2], layout)
        #expect(value.isDense)
        let strides = layout.physicalAxes(rank: 4).map { value.strides[$0] }
        #expect(strides == Shape(value.physicalExtents).rowMajorStrides)
    }

    @Test("a wider pitch makes a slice; row-major values and values of rank 2 are always dense")
    func density() {
        #expect(!descriptor([1, 3, 2, 2], .channelsLast, pixelPitch: 4).isDense)
        #expect(descriptor([1, 3, 2, 2], .channelsLast, pixelPitch: 3).isDense)
        #expect(descriptor([1, 3], .channelsLast).isDense)
        #expect(descriptor([5]).isDense)
        #expect(descriptor([]).isDense)
    }

    @Test(
        "layouts are equal if only axes of one element differ in stride",
        arguments: [
            // One channel, or one pixel: the layouts coincide.
            ([2, 1, 4, 5], .channelsLast, nil, [2, 1, 4, 5], .rowMajor, nil, true),
            ([2, 3, 1, 1], .channelsLast, nil, [2, 3, 1, 1], .rowMajor, nil, true),
            ([1, 3, 1, 1], .channelsLast, 9, [1, 3, 1, 1], .rowMajor, nil, true),
            ([2, 3, 1, 1], .channelsLast, 9, [2, 3, 1, 1], .rowMajor, nil, false),
            ([2, 3, 4, 5], .channelsLast, nil, [2, 3, 4, 5], .rowMajor, nil, false),
            ([2, 3, 4, 5], .channelsLast, 4, [2, 3, 4, 5], .channelsLast, nil, false),
            ([2, 3, 4, 5], .channelsLast, 3, [2, 3, 4, 5], .channelsLast, nil, true),
            ([2, 3], .channelsLast, nil, [2, 3], .rowMajor, nil, true),
            ([6], .rowMajor, nil, [2, 3], .rowMajor, nil, false),
        ] as [(Shape, Layout, Int?, Shape, Layout, Int?, Bool)])
    func placement(
        shape: Shape, layout: Layout, pitch: Int?, otherShape: Shape, otherLayout: Layout, otherPitch: Int?, alike: Bool
    ) {
        let one = descriptor(shape, layout, pixelPitch: pitch)
        let other = descriptor(otherShape, otherLayout, pixelPitch: otherPitch)
        #expect(one.placesElements(like: other) == alike)
        #expect(other.placesElements(like: one) == alike)
    }

    @Test("a type has a byte count and a readable description")
    func types() {
        #expect(TensorType(.int64, [2, 3]).byteCount == 48)
        #expect(TensorType(.bool, []).byteCount == 1)
        #expect(TensorType(.float32, [1, 3]).description == "float32[1, 3]")
    }
}
