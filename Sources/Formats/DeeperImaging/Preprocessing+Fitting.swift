extension Preprocessing {
    /// Adapts the preprocessing, for example a preset, to a network that takes pictures of one extent.
    ///
    /// If there is a centre crop, it is set to the extent. The resize before it is kept if the new crop is at least as
    /// large as the old one and still fits; otherwise it grows or shrinks with the crop, rounded to whole pixels:
    /// `caffe` fitted to 227 x 227 crops from 256 x 256, fitted to 299 x 299 from 342 x 342. Without a crop, an exact
    /// resize is set to the extent, and other preprocessing is unchanged. An extent without pixels or with a side above
    /// 65,535 changes nothing.
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
