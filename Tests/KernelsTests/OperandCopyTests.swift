import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

/// Copies that profiles compare steps with, and the bytes that kernels say they touch.
@Suite struct OperandCopyTests {
    private static func bytes(_ count: Int, seed: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 251 &+ seed) }
    }

    @Test(
        "operands are read one after the other and from the first again, without gaps between tiles",
        arguments: [1, 63, 64, 200, 300_001, 1_000_003])
    func copies(byteCount: Int) throws {
        let operands = [OperandCopyTests.bytes(100_000, seed: 1), [9], OperandCopyTests.bytes(70_001, seed: 2)]
        let target = try AlignedStorage(byteCount: byteCount + 64)
        let kernel = OperandCopyKernel(
            [
                .init(operand: 0, byteCount: 99_000), .init(operand: 1, byteCount: 0),
                .init(operand: 2, byteCount: 70_001),
            ],
            byteCount: byteCount, to: target)
        #expect(kernel.tileCount == max(1, byteCount / 131_072))
        _ = try runOnce(kernel, inputs: operands.map { try Tensor($0, shape: [$0.count]) }, outputs: [])
        let read = operands[0].prefix(99_000) + operands[2]
        let isEqual = (0..<byteCount).allSatisfy { target.bytes[$0] == read[$0 % read.count] }
        #expect(isEqual)
        #expect(target.bytes[byteCount...].allSatisfy { $0 == 0 })
    }

    @Test(
        "of a region are touched: the gaps of less than 64 bytes, whole lines around what is scattered, repeats once",
        arguments: [
            (extents: [30, 20], strides: [1, 30], bytes: 2400), (extents: [4, 100], strides: [1000, 1], bytes: 1600),
            (extents: [50], strides: [2], bytes: 396), (extents: [50], strides: [32], bytes: 3200),
            (extents: [3, 4], strides: [0, 1], bytes: 16), (extents: [5], strides: [-2], bytes: 36),
            (extents: [0, 3], strides: [3, 1], bytes: 0), (extents: [], strides: [], bytes: 4),
            (extents: [10, 3], strides: [8, 1], bytes: 300),
        ])
    func regions(extents: [Int], strides: [Int], bytes: Int) throws {
        let region = CopyRegion(
            source: 1, target: 2, extents: extents, sourceStrides: strides, targetStrides: strides)
        let kernel = try StridedCopyKernel(elementType: .float32, regions: [region, region])
        #expect(kernel.touchedByteCount(ofOperand: 1) == 2 * bytes)
        #expect(kernel.touchedByteCount(ofOperand: 0) == 0)
    }

    @Test("of an indexed copy: the positions that its tables name, each once, and the tables") func indexed() throws {
        let kernel = try IndexedCopyKernel(
            "test", elementType: .float32, tables: [[0, 2, 2, 4], [0, 1, -1]], sourceStrides: [100, 1],
            targetStrides: [3, 1], fill: Tensor(scalar: Float(0)))
        #expect(kernel.touchedByteCount(ofOperand: 0) == 3 * 64)
        #expect(kernel.tableByteCount == 28)
    }

    @Test("of a lookup: as much as it writes; of its indices all") func lookups() {
        let gather = GatherKernel(outer: 2, extent: 900, innerBytes: 40, indexCount: 3, indexType: .int64)
        #expect(gather.touchedByteCount(ofOperand: 0) == 240)
        #expect(gather.touchedByteCount(ofOperand: 1) == nil)
        let slices = GatherSlicesKernel(
            batches: 2, tuplesPerBatch: 5, extents: [7, 7], sliceBytes: 12, indexType: .int32)
        #expect(slices.touchedByteCount(ofOperand: 0) == 120)
        #expect(slices.touchedByteCount(ofOperand: 1) == nil)
    }

    @Test("of a resampled picture: the rows that have taps") func resampled() throws {
        let rows = ResampleAxis(
            inputExtent: 8, taps: [[(1, 0.5), (2, 0.5)], [(2, 0.5), (6, 0.5)]], outside: [false, false])
        let columns = ResampleAxis(inputExtent: 10, taps: [[(0, 1)]], outside: [false])
        let kernel = ImageResampleKernel(
            rows: rows, columns: columns, images: 2, channels: 3, inputPitch: 5, outputPitch: 3,
            options: try Engines.one())
        #expect(kernel.touchedByteCount(ofOperand: 0) == 2 * 3 * 10 * 3 * 4)
        #expect(kernel.tableByteCount == 4 * (3 + 4 + 4) + 4 * (2 + 1 + 1))
    }

    @Test("of windows that lie apart: what lies in them") func windows() throws {
        let window = WindowGeometry(
            input: [1, 8, 8], output: [1, 4, 4], kernel: [1, 1, 1], stride: [1, 2, 2], dilation: [1, 1, 1],
            padBefore: [0, 0, 0])
        let kernel = PoolKernel(
            .maximum, window: window, padAfter: [0, 0], images: 2, channels: 5, inputPitch: 5, outputPitch: 5,
            options: try Engines.one())
        #expect(kernel.touchedByteCount(ofOperand: 0) == 2 * 16 * 5 * 4)
    }
}
