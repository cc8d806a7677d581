extension ConvolutionShape {
    /// The convolution without the outermost taps that are in the padding for every output, as those of a widely
    /// dilated kernel on a small picture. Nil if every tap matters for some output.
    ///
    /// - Returns: the smaller convolution, its weights, and a text that distinguishes its packed weights from others.
    func trimmed(_ weights: Weights<Float>) -> (shape: ConvolutionShape, weights: Weights<Float>, note: String)? {
        let kept = (0..<3).map { window.tapsThatCount($0) }
        guard kept.contains(where: { $0 != nil }) else { return nil }
        var smaller = self
        var ranges: [Range<Int>] = []
        for (axis, range) in kept.enumerated() {
            let range = range ?? 0..<window.kernel[axis]
            smaller.window.kernel[axis] = range.count
            smaller.window.padBefore[axis] -= range.lowerBound * window.dilation[axis]
            if range.count == 1 { smaller.window.dilation[axis] = 1 }
            ranges.append(range)
        }
        let kernel = window.kernel
        let chosen = ranges[0].flatMap { z in
            ranges[1].flatMap { y in ranges[2].map { x in (z * kernel[1] + y) * kernel[2] + x } }
        }
        let taps = window.taps
        let trimmed = weights.map(count: weights.count / taps * chosen.count) { all in
            stride(from: 0, to: all.count, by: taps).flatMap { filter in chosen.map { all[filter + $0] } }
        }
        return (smaller, trimmed, "taps \(ranges)")
    }
}

extension WindowGeometry {
    /// The taps along an axis from the first to the last one that is inside the input for some output; nil if these are
    /// all taps, or none.
    fileprivate func tapsThatCount(_ axis: Int) -> Range<Int>? {
        // Without dilation, every tap is inside for some output, unless the padding is absurd.
        guard dilation[axis] > 1, kernel[axis] > 1, kernel[axis] < 1024 else { return nil }
        let counting = (0..<kernel[axis]).filter { tap in
            let offset = tap * dilation[axis] - padBefore[axis]
            let first = offset >= 0 ? 0 : (stride[axis] - 1 - offset) / stride[axis]
            return first < output[axis] && first * stride[axis] + offset < input[axis]
        }
        guard let first = counting.first, let last = counting.last, last + 1 - first < kernel[axis] else { return nil }
        return first..<last + 1
    }
}
