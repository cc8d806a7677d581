import CDeeperKernels
@testable import DeeperKernels
import DeeperTensors
import DeeperTestSupport
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

    @Test("bytes of pictures become pixels of three, at every width of a row", arguments: [1, 15, 16, 17, 48, 67])
    func bytePixels(width: Int) throws {
        let type = TensorType(.uint8, [2, 3, 3, width])
        let planes = (0..<18 * width).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 256) }
        let pixels = 3 * width
        let expected = (0..<planes.count).map { index in
            planes[(index / (3 * pixels) * 3 + index % 3) * pixels + index / 3 % pixels]
        }
        let kernel = try StridedCopyKernel.conversion(
            from: TensorDescriptor(type), to: TensorDescriptor(type, .channelsLast, pixelPitch: 3))
        let result = try exercise(
            kernel, inputs: [Input(planes)], outputs: [Output(.uint8, count: planes.count)])
        #expect(result.elements() == expected)
        for instructionSet in InstructionSet.available {
            var target = [UInt8](repeating: 0, count: 9 * width + 1)
            VectorLoops(instructionSet).table.interleave_three(&target, planes, pixels, pixels)
            #expect(target[..<(9 * width)].elementsEqual(expected[..<(9 * width)]), "\(instructionSet)")
            #expect(target[9 * width] == 0)
        }
    }

    @Test("more axes than a loop nest walks are refused")
    func tooManyAxes() throws {
        let strides = (0..<10).map { 3 * $0 + 1 }
        let region = CopyRegion(extents: [Int](repeating: 2, count: 10), sourceStrides: strides, targetStrides: strides)
        #expect(try errorCode { _ = try StridedCopyKernel(elementType: .int8, regions: [region]) } == .unsupported)
    }
}
