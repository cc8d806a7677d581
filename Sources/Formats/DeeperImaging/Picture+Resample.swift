extension Picture {
    /// Half of one unit, so that dropping the fraction rounds to the nearest integer.
    private static let roundingBias = Int32(1) << (ResampleWeights.fractionBits - 1)

    private static func sample(_ sum: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: max(0, min(255, sum >> ResampleWeights.fractionBits)))
    }

    /// The picture resampled to another width; `filter` must not be `nearest`.
    func resampledAcross(width: Int, filter: ResizeFilter) -> Picture {
        if width == self.width { return self }
        let weights = ResampleWeights(sourceCount: self.width, targetCount: width, filter: filter)
        let sampleCount = 3 * width * height
        // Unchecked pointers: this is the inner loop of every evaluation. Reads stay in row `y` because every run is
        // inside 0..<self.width; writes fill all of `target`, one pixel after the other.
        let samples = [UInt8](unsafeUninitializedCapacity: sampleCount) { target, count in
            pixels.withUnsafeBufferPointer { source in
                weights.values.withUnsafeBufferPointer { values in
                    var write = target.baseAddress!
                    for y in 0..<height {
                        let row = source.baseAddress! + 3 * self.width * y
                        for (x, run) in weights.runs.enumerated() {
                            let taps = values.baseAddress! + x * weights.stride
                            Picture.blendPixel(from: row + 3 * run.lowerBound, taps: taps, count: run.count, to: write)
                            write += 3
                        }
                    }
                }
            }
            count = sampleCount
        }
        return Picture(checkedWidth: width, height: height, pixels: samples)
    }

    /// One target pixel from `count` neighbouring source pixels.
    ///
    /// The sums fit: the weights' magnitudes add up to less than 2, so a sum is below 2 * 255 * 2^22 < 2^31.
    @inline(__always)
    private static func blendPixel(
        from source: UnsafePointer<UInt8>, taps: UnsafePointer<Int32>, count: Int,
        to target: UnsafeMutablePointer<UInt8>
    ) {
        var (red, green, blue) = (roundingBias, roundingBias, roundingBias)
        for tap in 0..<count {
            red &+= Int32(source[3 * tap]) &* taps[tap]
            green &+= Int32(source[3 * tap + 1]) &* taps[tap]
            blue &+= Int32(source[3 * tap + 2]) &* taps[tap]
        }
        target[0] = sample(red)
        target[1] = sample(green)
        target[2] = sample(blue)
    }

    /// The picture resampled to another height; `filter` must not be `nearest`.
    func resampledDown(height: Int, filter: ResizeFilter) -> Picture {
        if height == self.height { return self }
        let weights = ResampleWeights(sourceCount: self.height, targetCount: height, filter: filter)
        let rowSamples = 3 * width
        // Unchecked pointers, as above: every run is inside the rows of the source, and each row of the target is
        // written completely once.
        let samples = [UInt8](unsafeUninitializedCapacity: rowSamples * height) { target, count in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: rowSamples) { sums in
                pixels.withUnsafeBufferPointer { source in
                    for (y, run) in weights.runs.enumerated() {
                        sums.initialize(repeating: Picture.roundingBias)
                        for (tap, row) in run.enumerated() {
                            let weight = weights.values[y * weights.stride + tap]
                            let line = source.baseAddress! + row * rowSamples
                            for i in 0..<rowSamples { sums[i] &+= Int32(line[i]) &* weight }
                        }
                        let line = target.baseAddress! + y * rowSamples
                        for i in 0..<rowSamples { line[i] = Picture.sample(sums[i]) }
                    }
                }
            }
            count = rowSamples * height
        }
        return Picture(checkedWidth: width, height: height, pixels: samples)
    }
}
