import DeeperTensors

extension Preprocessing {
    /// Width and height of the output for a picture of the given extent.
    ///
    /// - Throws: `invalidInput` if the crop does not fit or an extent is below 1, `limitExceeded` beyond 2^26 pixels
    ///   after resizing.
    public func outputExtent(for input: Extent) throws -> Extent {
        let resized = resizedExtent(for: input)
        guard resized.width >= 1, resized.height >= 1 else {
            throw DeeperError(.invalidInput, "cannot resize \(input) to \(resized) pixels")
        }
        try DecodingLimits().check(resized)
        guard let crop = centreCrop else { return resized }
        guard crop.width >= 1, crop.height >= 1, crop.width <= resized.width, crop.height <= resized.height else {
            throw DeeperError(.invalidInput, "a centre crop of \(crop) does not fit a picture of \(resized) pixels")
        }
        return crop
    }

    /// The picture as `channels.count` x height x width values.
    ///
    /// - Throws: `invalidInput` if the crop does not fit or a value of the preprocessing is invalid, `limitExceeded`
    ///   beyond 2^26 pixels after resizing.
    public func planes(of picture: Picture) throws -> [Float] {
        let extent = try outputExtent(for: picture.extent)
        let count = channels.count * extent.width * extent.height
        return try [Float](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            try write(picture, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
            initializedCount = count
        }
    }

    /// Writes the picture's `channels.count` x height x width values over all of `target`, for example one slot of a
    /// batch.
    ///
    /// - Throws: as ``planes(of:)``, and `invalidInput` if `target` has a different number of elements. `target` is
    ///   then unchanged.
    public func write(_ picture: Picture, into target: UnsafeMutableBufferPointer<Float>) throws {
        let tables = try valueTables()
        let extent = try outputExtent(for: picture.extent)
        let planeCount = extent.width * extent.height
        guard target.count == channels.count * planeCount else {
            throw DeeperError(
                .invalidInput,
                "the target has \(target.count) elements, expected \(channels.count)x\(extent.height)x\(extent.width)")
        }
        let source = try resizedAndCropped(picture)
        source.pixels.withUnsafeBufferPointer { pixels in
            for (channel, table) in tables.enumerated() {
                let plane = UnsafeMutableBufferPointer(
                    rebasing: target[channel * planeCount..<(channel + 1) * planeCount])
                switch channels {
                case .rgb: for i in 0..<planeCount { plane[i] = table[Int(pixels[3 * i + channel])] }
                case .bgr: for i in 0..<planeCount { plane[i] = table[Int(pixels[3 * i + 2 - channel])] }
                case .luma:
                    for i in 0..<planeCount {
                        plane[i] = table[luma(red: pixels[3 * i], green: pixels[3 * i + 1], blue: pixels[3 * i + 2])]
                    }
                }
            }
        }
    }

    private func resizedExtent(for input: Extent) -> Extent {
        switch resize {
        case nil: return input
        case .exact(let width, let height): return Extent(width: width, height: height)
        case .shorterSide(let length):
            let (shorter, longer) = (max(1, min(input.width, input.height)), max(input.width, input.height))
            let (product, overflow) = length.multipliedReportingOverflow(by: longer)
            let other = overflow ? Int.max : product / shorter
            return input.width <= input.height
                ? Extent(width: length, height: other) : Extent(width: other, height: length)
        }
    }

    func resized(_ picture: Picture) throws -> Picture {
        let extent = resizedExtent(for: picture.extent)
        return try picture.resized(width: extent.width, height: extent.height, filter: filter)
    }

    func resizedAndCropped(_ picture: Picture) throws -> Picture {
        let resized = try resized(picture)
        guard let crop = centreCrop else { return resized }
        return try resized.centreCropped(width: crop.width, height: crop.height)
    }

    /// The output value of each of the 256 sample values, one table per channel.
    private func valueTables() throws -> [[Float]] {
        guard mean.count == channels.count, std.count == channels.count else {
            throw DeeperError(
                .invalidInput,
                "\(channels.count) output channels need as many means and deviations, "
                    + "there are \(mean.count) and \(std.count)")
        }
        guard ([scale] + mean + std).allSatisfy(\.isFinite), std.allSatisfy({ $0 != 0 }) else {
            throw DeeperError(.invalidInput, "scale, mean and std must be finite and std not 0")
        }
        return zip(mean, std).map { mean, std in (0..<256).map { Float((Double($0) * scale - mean) / std) } }
    }
}

private func luma(red: UInt8, green: UInt8, blue: UInt8) -> Int {
    (Int(red) * 19595 + Int(green) * 38470 + Int(blue) * 7471 + 0x8000) >> 16
}
