import DeeperTensors

extension Picture {
    /// The picture resized to another width and height.
    ///
    /// The samples are, bit for bit, those of `Image.resize((width, height), filter)` in Pillow 13: one axis after the
    /// other, with the result of the first rounded to 8 bits; an axis that keeps its length is not resampled. Older
    /// versions of Pillow always resize the width first, and the results may differ by rounding where this version
    /// resizes the height first.
    ///
    /// - Throws: `invalidInput` for an extent below 1, `limitExceeded` beyond 2^26 pixels.
    /// - Complexity: O(pixels x taps) for each axis, with `2 * support * max(1, source / target) + 1` taps at most.
    public func resized(width: Int, height: Int, filter: ResizeFilter) throws -> Picture {
        guard width >= 1, height >= 1 else {
            throw DeeperError(.invalidInput, "cannot resize to \(width)x\(height) pixels")
        }
        try DecodingLimits().check(Extent(width: width, height: height))
        if filter == .nearest { return pickingNearest(width: width, height: height) }

        // An axis that shrinks comes before one that grows, so the intermediate picture is never larger than both
        // source and target.
        let downFirst = height < self.height && self.height - height > 2 * (self.width - width)
        return downFirst
            ? resampledDown(height: height, filter: filter).resampledAcross(width: width, filter: filter)
            : resampledAcross(width: width, filter: filter).resampledDown(height: height, filter: filter)
    }

    private func pickingNearest(width: Int, height: Int) -> Picture {
        let columns = Picture.nearestPositions(sourceCount: self.width, targetCount: width)
        let rows = Picture.nearestPositions(sourceCount: self.height, targetCount: height)
        var samples: [UInt8] = []
        samples.reserveCapacity(3 * width * height)
        for row in rows {
            for column in columns {
                let first = 3 * (row * self.width + column)
                for sample in first..<first + 3 { samples.append(pixels[sample]) }
            }
        }
        return Picture(checkedWidth: width, height: height, pixels: samples)
    }

    /// Pillow adds up the step instead of multiplying it, and the rounding errors decide ties; this does the same.
    private static func nearestPositions(sourceCount: Int, targetCount: Int) -> [Int] {
        let step = Double(sourceCount) / Double(targetCount)
        var position = step * 0.5
        return (0..<targetCount).map { _ in
            defer { position += step }
            return min(Int(position), sourceCount - 1)
        }
    }
}
