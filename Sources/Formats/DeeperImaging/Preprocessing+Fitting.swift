extension Preprocessing {
    /// The same preprocessing for a network that takes pictures of one extent, as presets are meant for.
    ///
    /// With a centre crop, that becomes the extent. The resize before it stays where the new crop is at least as large
    /// as the old one and still fits; else it grows or shrinks with the crop, rounded to whole pixels: `caffe` for 227
    /// x 227 cuts them out of 256 x 256, for 299 x 299 out of 342 x 342. Without a crop, an exact resize takes the
    /// extent, and pictures that are not resized stay as they are. An extent without pixels or above 65,535 a
    /// side changes nothing.
    public func fitted(to extent: Extent) -> Preprocessing {
        let sides = 1...65_535
        guard sides.contains(extent.width), sides.contains(extent.height) else { return self }
        var result = self
        guard let crop = centreCrop, crop.width >= 1, crop.height >= 1 else {
            if case .exact = resize { result.resize = .exact(width: extent.width, height: extent.height) }
            return result
        }
        result.centreCrop = extent
        let isLarger = extent.width >= crop.width && extent.height >= crop.height
        switch resize {
        case nil: break
        case .exact(let width, let height):
            if isLarger, extent.width <= width, extent.height <= height { break }
            result.resize = .exact(
                width: scaled(width, extent.width, crop.width), height: scaled(height, extent.height, crop.height))
        case .shorterSide(let length):
            let (longest, shortest) = (max(extent.width, extent.height), min(crop.width, crop.height))
            if isLarger, longest <= length { break }
            result.resize = .shorterSide(length: scaled(length, longest, shortest))
        }
        return result
    }
}

/// `length * new / old`, rounded.
private func scaled(_ length: Int, _ new: Int, _ old: Int) -> Int {
    Int((Double(length) * Double(new) / Double(old)).rounded())
}
