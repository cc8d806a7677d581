import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

/// Kernels that read and write where indices say, in several tiles, against loops by definition.
@Suite struct IndexKernelTests {
    private func ramp(_ count: Int) -> [Float] { (0..<count).map { Float($0 % 97 - 40) } }

    private var sum: ElementCombination { ElementCombination { (a: Float, b: Float) in a + b } }

    @Test("slices by tuples of indices") func gatherSlices() throws {
        let (tuples, inner) = (40, 1000)
        let x = ramp(2 * 35 * inner)
        let indices = (0..<2 * tuples).flatMap { [Int64($0 % 5), Int64($0 * 3 % 7) - 7] }
        let kernel = GatherSlicesKernel(
            batches: 2, tuplesPerBatch: tuples, extents: [5, 7], sliceBytes: inner * 4, indexType: .int64)
        #expect(kernel.tileCount > 1)
        let result = try exercise(
            kernel, inputs: [Input(x), Input(indices)], outputs: [Output(.float32, count: 2 * tuples * inner)])
        let expected = (0..<2 * tuples).flatMap { tuple -> [Float] in
            let first = ((tuple / tuples * 5 + tuple % 5) * 7 + tuple * 3 % 7) * inner
            return Array(x[first..<first + inner])
        }
        expectEqual(result.elements(), expected)
    }

    @Test("elements by their positions along the middle axis") func gatherElements() throws {
        let (outer, extent, count, inner) = (3, 11, 5, 5000)
        let x = ramp(outer * extent * inner)
        let indices = (0..<outer * count * inner).map { Int32($0 * 7 % 22) - 11 }
        let nest = try #require(
            LoopNest(
                extents: [outer, count, inner],
                strides: [[extent * inner, 0, 1], [count * inner, inner, 1]]))
        let kernel = GatherElementsKernel(
            nest: nest, extent: extent, step: inner, indexType: .int32, elementType: .float32)
        #expect(kernel.tileCount > 1)
        let result = try exercise(
            kernel, inputs: [Input(x), Input(indices)], outputs: [Output(.float32, count: indices.count)])
        let expected = indices.enumerated().map { place, index in
            let position = Int(index) < 0 ? Int(index) + extent : Int(index)
            return x[(place / (count * inner) * extent + position) * inner + place % inner]
        }
        expectEqual(result.elements(), expected)
    }

    @Test("sums of elements, fewer rows of updates than of elements") func scatterElements() throws {
        let (outer, extent, inner) = (4, 9, 2500)
        let (outerUpdates, count, innerUpdates) = (3, 12, 2400)
        let x = ramp(outer * extent * inner)
        let updates = ramp(outerUpdates * count * innerUpdates)
        let indices = updates.indices.map { Int64($0 * 5 % 9) }
        let nest = try #require(
            LoopNest(extents: [count, innerUpdates], strides: [[0, 1], [innerUpdates, 1]]))
        let kernel = ScatterElementsKernel(
            leading: [outer], leadingUpdates: [outerUpdates], slabElements: extent * inner,
            slabUpdates: count * innerUpdates, nest: nest, extent: extent, step: inner, indexType: .int64,
            combination: sum)
        #expect(kernel.tileCount > 1)
        let result = try exercise(
            kernel, inputs: [Input(x), Input(indices), Input(updates)], outputs: [Output(.float32, count: x.count)])
        var expected = x
        for (place, update) in updates.enumerated() {
            let row = place / (count * innerUpdates)
            expected[(row * extent + Int(indices[place])) * inner + place % innerUpdates] += update
        }
        expectEqual(result.elements(), expected)
    }

    @Test("sums of slices, some of them several times") func scatterSlices() throws {
        let inner = 20_000
        let x = ramp(6 * inner)
        let updates = ramp(4 * inner)
        let indices: [Int64] = [0, 1, 1, -1, 0, 1, -2, 0]
        let kernel = ScatterSlicesKernel(
            tupleCount: 4, extents: [2, 3], sliceElements: inner, indexType: .int64, combination: sum)
        #expect(kernel.tileCount > 1)
        let result = try exercise(
            kernel, inputs: [Input(x), Input(indices), Input(updates)], outputs: [Output(.float32, count: x.count)])
        var expected = x
        for (tuple, slice) in [1, 5, 1, 0].enumerated() {
            for element in 0..<inner { expected[slice * inner + element] += updates[tuple * inner + element] }
        }
        expectEqual(result.elements(), expected)
    }

    @Test(
        "indices out of range are reported, and nothing is read or written there",
        arguments: [3, -4, .max, .min] as [Int64])
    func outOfRange(index: Int64) throws {
        let x: [Float] = [1, 2, 3]
        let nest = try #require(LoopNest(extents: [1], strides: [[0], [1]]))
        let kernels: [any Kernel] = [
            ScatterElementsKernel(
                leading: [], leadingUpdates: [], slabElements: 3, slabUpdates: 1, nest: nest, extent: 3, step: 1,
                indexType: .int64, combination: sum),
            ScatterSlicesKernel(tupleCount: 1, extents: [3], sliceElements: 1, indexType: .int64, combination: sum),
        ]
        for kernel in kernels {
            let result = try exercise(
                kernel, inputs: [Input(x), Input([index]), Input([Float(5)])], outputs: [Output(.float32, count: 3)])
            #expect(result.fault == .indexOutOfRange)
        }
        let gathering: [any Kernel] = [
            GatherElementsKernel(nest: nest, extent: 3, step: 1, indexType: .int64, elementType: .float32),
            GatherSlicesKernel(batches: 1, tuplesPerBatch: 1, extents: [3], sliceBytes: 4, indexType: .int64),
            MaxUnpoolKernel(inputCount: 1, outputCount: 1, elementType: .float32),
        ]
        for kernel in gathering {
            let inputs = kernel is MaxUnpoolKernel ? [Input([Float(1)]), Input([index])] : [Input(x), Input([index])]
            let result = try exercise(kernel, inputs: inputs, outputs: [Output(.float32, count: 1)])
            #expect(result.fault == .indexOutOfRange)
        }
    }

    @Test("running sums and products in every direction", arguments: [false, true], [false, true])
    func scan(isExclusive: Bool, isReversed: Bool) throws {
        let (outer, length, inner) = (5, 12, 1500)
        let x = (0..<outer * length * inner).map { Float($0 % 3 - 1) }
        for operation in [ScanKernel.Operation.sum, .product] {
            let kernel = ScanKernel(
                operation, elementType: .float32, outer: outer, length: length, inner: inner, isExclusive: isExclusive,
                isReversed: isReversed)
            #expect(kernel.tileCount > 1)
            let result = try exercise(kernel, inputs: [Input(x)], outputs: [Output(.float32, count: x.count)])
            var expected = x
            for line in 0..<outer * inner {
                var total: Float = operation == .sum ? 0 : 1
                for step in 0..<length {
                    let position = isReversed ? length - 1 - step : step
                    let place = (line / inner * length + position) * inner + line % inner
                    let before = total
                    total = operation == .sum ? total + x[place] : total * x[place]
                    expected[place] = isExclusive ? before : total
                }
            }
            expectEqual(result.elements(), expected)
        }
    }

    @Test("nested sums over gaps, of one to three operands") func einsum() throws {
        // Y[i, j] = sum over k and l of A[k, i, l] B[l, j] C[k].
        let (i, j, k, l) = (150, 120, 3, 4)
        let (a, b, c) = (ramp(k * i * l), ramp(l * j), ramp(k))
        let kernel = EinsumKernel(
            elementType: .float32, kept: [i, j], summed: [k, l], keptStrides: [[l, 0], [0, 1], [0, 0]],
            summedStrides: [[i * l, 1], [0, j], [1, 0]], options: try KernelOptions(gemm: ReferenceGemm()))
        #expect(kernel.tileCount > 1)
        let result = try exercise(
            kernel, inputs: [Input(a), Input(b), Input(c)], outputs: [Output(.float32, count: i * j)])
        let expected = (0..<i * j).map { place -> Float in
            var sum = 0.0
            for outer in 0..<k {
                for inner in 0..<l {
                    let left = Double(a[(outer * i + place / j) * l + inner])
                    sum += left * Double(b[inner * j + place % j]) * Double(c[outer])
                }
            }
            return Float(sum)
        }
        expectEqual(result.elements(), expected)
    }

    @Test("a grid of the pixels' own positions gives the picture", arguments: [false, true])
    func gridOfPixels(alignsCorners: Bool) throws {
        let (images, channels, height, width) = (2, 5, 64, 128)
        let x = ramp(images * channels * height * width)
        func position(_ index: Int, _ extent: Int) -> Double {
            alignsCorners ? 2 * Double(index) / Double(extent - 1) - 1 : Double(2 * index + 1) / Double(extent) - 1
        }
        let grid = (0..<images * height * width).flatMap {
            [position($0 % width, width), position($0 / width % height, height)]
        }
        for mode in [GridSampling.Mode.nearest, .linear, .cubic] {
            let kernel = GridSampleKernel(
                GridSampling(mode: mode, padding: .border, alignsCorners: alignsCorners), elementType: .float32,
                gridType: .float64, images: images, channels: channels, extents: [height, width],
                outputPixels: height * width)
            #expect(kernel.tileCount > 1)
            let result = try exercise(
                kernel, inputs: [Input(x), Input(grid)], outputs: [Output(.float32, count: x.count)])
            expectClose(result.elements(), x) { _ in 1e-3 }
        }
    }

    @Test("a deformable convolution without offsets is a convolution") func deformable() throws {
        let window = WindowGeometry(
            input: [9, 10], output: [5, 9], kernel: [3, 2], stride: [2, 1], dilation: [1, 2], padBefore: [1, 0])
        let (images, channels, filters) = (2, 4, 6)
        let (x, w, bias) = (ramp(images * channels * 90), ramp(filters * 2 * 6), ramp(filters))
        let offsets = [Float](repeating: 0, count: images * 2 * 6 * 2 * 45)
        let mask = [Float](repeating: 2, count: images * 2 * 6 * 45)
        let kernel = DeformableConvolutionKernel(
            window: window, images: images, inputChannels: channels, outputChannels: filters, groups: 2,
            offsetGroups: 2, hasBias: true, hasMask: true, options: try KernelOptions(gemm: ReferenceGemm()))
        let result = try exercise(
            kernel, inputs: [Input(x), Input(w), Input(offsets), Input(bias), Input(mask)],
            outputs: [Output(.float32, count: images * filters * 45)])
        let expected = (0..<images * filters * 45).map { place -> Float in
            let (image, filter, pixel) = (place / 45 / filters, place / 45 % filters, place % 45)
            var sum = bias[filter]
            for channel in 0..<2 {
                for tap in 0..<6 {
                    guard let offset = window.inputPixel(ofOutput: pixel, tap: tap) else { continue }
                    let plane = image * channels + filter / 3 * 2 + channel
                    sum += 2 * w[(filter * 2 + channel) * 6 + tap] * x[plane * 90 + offset]
                }
            }
            return sum
        }
        expectEqual(result.elements(), expected)
    }
}
