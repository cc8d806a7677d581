extension ConvolutionShape {
    /// The convolution without the outermost taps that lie in the padding for every output: those of a widely dilated kernel
    /// on a small picture. Nil where every tap counts somewhere.
    ///
    /// - Returns: the smaller convolution, its weights, and text that tells its packed weights from others.
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
    /// The taps along an axis from the first to the last that lies inside the input for some output; nil if those are all,
    /// or none.
    fileprivate func tapsThatCount(_ axis: Int) -> Range<Int>? {
        // A window without dilation moves over all of its taps, unless its padding is absurd.
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
