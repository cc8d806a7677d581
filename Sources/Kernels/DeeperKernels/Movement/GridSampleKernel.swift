public import DeeperTensors

/// Y[n, c, p] = X[n, c] at the position grid[n, p], where p is a pixel along up to three axes; row-major (ONNX
/// GridSample).
///
/// Interpolation is computed in float64 and truncated to integers at the end. Operands: X (images, channels, pixels),
/// grid (images, pixels of Y, axes; the innermost axis first; float32 or float64), Y.
public final class GridSampleKernel: SelectiveKernel {
    public var report: KernelReport { KernelReport("grid sample") }
    public let tileCount: Int
    public let scratchByteCount: Int
    private let sampling: GridSampling
    private let elementType: ElementType, gridType: ElementType
    private let images: Int, channels: Int
    private let extents: [Int]
    private let inputPixels: Int, outputPixels: Int
    private let tapsPerAxis: Int

    /// - Parameters:
    ///   - extents: the extents of X's spatial axes.
    ///   - outputPixels: pixels of one plane of Y.
    /// - Precondition: one to three axes with pixels; a 16-bit type is only supported by the mode `nearest`, which
    ///   moves elements.
    public init(
        _ sampling: GridSampling, elementType: ElementType, gridType: ElementType, images: Int, channels: Int,
        extents: [Int], outputPixels: Int
    ) {
        precondition((1...3).contains(extents.count) && extents.allSatisfy { $0 > 0 })
        precondition(sampling.mode == .nearest || !elementType.isHalf)
        self.sampling = sampling
        self.elementType = elementType
        self.gridType = gridType
        self.images = images
        self.channels = channels
        self.extents = extents
        self.inputPixels = extents.reduce(1, *)
        self.outputPixels = outputPixels
        self.tapsPerAxis = sampling.tapsPerAxis
        let taps = extents.reduce(1) { taps, _ in taps * sampling.tapsPerAxis }
        self.scratchByteCount = (taps + 3 * tapsPerAxis) * (MemoryLayout<Int>.stride + MemoryLayout<Double>.stride)
        self.tileCount = streamingTileCount(
            elements: images * outputPixels * channels, rows: images * outputPixels)
    }

    /// The grid determines which pixels are read: as many as Y has, or at most all.
    public func touchedByteCount(ofOperand index: Int) -> Int? {
        index == 0 ? images * channels * outputPixels * elementType.byteCount : nil
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let places = partition(images * outputPixels, part: tile, of: tileCount)
        switch elementType {
        case .float32: sample(places, operands, scratch, Float.self)
        case .float64: sample(places, operands, scratch, Double.self)
        case .float16, .bfloat16: sample(places, operands, scratch, Float16.self)
        case .int8: sample(places, operands, scratch, Int8.self)
        case .uint8: sample(places, operands, scratch, UInt8.self)
        case .int16: sample(places, operands, scratch, Int16.self)
        case .uint16: sample(places, operands, scratch, UInt16.self)
        case .int32: sample(places, operands, scratch, Int32.self)
        case .uint32: sample(places, operands, scratch, UInt32.self)
        case .int64: sample(places, operands, scratch, Int64.self)
        case .uint64: sample(places, operands, scratch, UInt64.self)
        case .bool: sample(places, operands, scratch, Bool.self)
        }
    }

    private func sample<Element: NumericElement>(
        _ places: Range<Int>, _ operands: Operands, _ scratch: Scratch, _: Element.Type
    ) {
        // The pixels and weights of the whole neighbourhood, followed by those of each axis.
        let stride = MemoryLayout<Int>.stride
        let allTaps = scratchByteCount / (stride + MemoryLayout<Double>.stride)
        let pixels = scratch.base.assumingMemoryBound(to: Int.self)
        let weights = (scratch.base + allTaps * stride).assumingMemoryBound(to: Double.self)
        for place in places {
            let (image, pixel) = (place / outputPixels, place % outputPixels)
            let taps = writeTaps(place, operands, pixels, weights)
            for channel in 0..<channels {
                let plane = image * channels + channel
                let x = operands[0].assumingMemoryBound(to: Element.self) + plane * inputPixels
                let y = operands[2].assumingMemoryBound(to: Element.self) + plane * outputPixels + pixel
                if sampling.mode == .nearest {
                    // Copied without conversion: float64 cannot represent every int64.
                    y.pointee = taps == 0 ? Element(wrapping: 0) : x[pixels[0]]
                    continue
                }
                var sum = 0.0
                for tap in 0..<taps { sum += weights[tap] * x[pixels[tap]].double }
                y.pointee = Element(saturating: sum)
            }
        }
    }

    /// Writes the pixels of X that a pixel of Y depends on, and their weights.
    ///
    /// - Returns: the number of these pixels, without zeros around the picture.
    private func writeTaps(
        _ place: Int, _ operands: Operands, _ pixels: UnsafeMutablePointer<Int>,
        _ weights: UnsafeMutablePointer<Double>
    ) -> Int {
        let rank = extents.count
        let own = scratchByteCount / (MemoryLayout<Int>.stride + MemoryLayout<Double>.stride) - 3 * tapsPerAxis
        for axis in 0..<rank {
            let number = place * rank + rank - 1 - axis
            let extent = extents[axis]
            let position =
                gridType == .float64
                ? sampling.position(operands[1].assumingMemoryBound(to: Double.self)[number], extent: extent)
                : sampling.position(operands[1].assumingMemoryBound(to: Float.self)[number], extent: extent)
            let start = own + axis * tapsPerAxis
            sampling.writeTaps(at: position, extent: extent, pixels: pixels + start, weights: weights + start)
        }
        var count = 0
        for tap in 0..<own {
            var rest = tap
            var pixel = 0
            var stride = 1
            var weight = 1.0
            for axis in (0..<rank).reversed() {
                let choice = own + axis * tapsPerAxis + rest % tapsPerAxis
                rest /= tapsPerAxis
                // It stays negative after the first -1.
                pixel = pixel < 0 || pixels[choice] < 0 ? -1 : pixel + pixels[choice] * stride
                weight *= weights[choice]
                stride *= extents[axis]
            }
            guard pixel >= 0 else { continue }
            pixels[count] = pixel
            weights[count] = weight
            count += 1
        }
        return count
    }
}
