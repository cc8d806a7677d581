import DeeperTensors

/// The parts of a picture that a network classifies, and whose answers are averaged. More crops usually give fewer
/// mistakes, and take proportionally longer.
public enum CropSet: Int, Sendable, Hashable, CaseIterable {
    /// The middle of the resized picture, or all of it if there is no crop.
    case single = 1
    /// The corners and the middle of the resized picture, and their mirror images.
    case ten = 10
    /// The protocol of GoogLeNet (arXiv 1409.4842, section 7). The shorter side of the picture is resized to 256, 288,
    /// 320 and 352 pixels for crops of 224, and in proportion for others; the preprocessing's own resize is not used. Of
    /// each size, the left, middle and right square is taken, or for a portrait the top, middle and bottom one. Of each
    /// square, the corners and the middle are taken, and the whole square, resized to a crop's extent. All 72 are
    /// mirrored too.
    case googLeNet = 144
}

extension Preprocessing {
    /// The crop of the paper, for which its scales are given.
    private static let paperCrop = 224
    private static let paperScales = [256, 288, 320, 352]

    /// The crops of a picture, all of one extent, as they are before channels are chosen and normalised.
    ///
    /// - Throws: as ``checkCrops(of:_:)``.
    public func crops(of picture: Picture, _ set: CropSet) throws -> [Picture] {
        try checkCrops(of: picture.extent, set)
        guard set != .single, let crop = centreCrop else { return [try resizedAndCropped(picture)] }
        let crops =
            switch set {
            case .googLeNet: try Preprocessing.paperScales.flatMap { try squareCrops(of: picture, scale: $0, crop) }
            default: try Preprocessing.fiveCrops(of: resized(picture), crop)
            }
        return crops + crops.map(\.mirrored)
    }

    /// Checks whether ``crops(of:_:)`` can be made of a picture of this extent.
    ///
    /// - Throws: `invalidInput` if the preprocessing has no crop, or for ``CropSet/googLeNet`` no square one; otherwise
    ///   as ``planes(of:)``.
    public func checkCrops(of picture: Extent, _ set: CropSet) throws {
        try checkCrop(for: set)
        guard set == .googLeNet, let crop = centreCrop else {
            _ = try outputExtent(for: picture)
            return
        }
        for scale in Preprocessing.paperScales { _ = try scaled(to: side(scale, crop)).outputExtent(for: picture) }
    }

    /// Checks what does not depend on the picture.
    ///
    /// - Throws: `invalidInput` if the preprocessing has no crop, or for ``CropSet/googLeNet`` no square one.
    package func checkCrop(for set: CropSet) throws {
        guard set != .single else { return }
        guard let crop = centreCrop else {
            throw DeeperError(
                .invalidInput,
                "\(set.rawValue) crops need a preprocessing with a centre crop (--resize and --crop); this one has none"
            )
        }
        guard set != .googLeNet || crop.width == crop.height && crop.width >= 1 else {
            throw DeeperError(.invalidInput, "144 crops need a square crop; the preprocessing crops \(crop)")
        }
    }

    private func side(_ scale: Int, _ crop: Extent) -> Int {
        (scale * crop.width + Preprocessing.paperCrop / 2) / Preprocessing.paperCrop
    }

    private func scaled(to side: Int) -> Preprocessing {
        var result = self
        result.resize = .shorterSide(length: side)
        return result
    }

    /// The preprocessing of what ``crops(of:_:)`` gives: channels and normalisation only.
    public var afterCropping: Preprocessing {
        var result = self
        (result.resize, result.centreCrop) = (nil, nil)
        return result
    }

    private func squareCrops(of picture: Picture, scale: Int, _ crop: Extent) throws -> [Picture] {
        let side = side(scale, crop)
        let whole = try scaled(to: side).resized(picture)
        let (right, bottom) = (whole.width - side, whole.height - side)
        let squares = [
            try whole.cropped(x: 0, y: 0, width: side, height: side),
            try whole.centreCropped(width: side, height: side),
            try whole.cropped(x: right, y: bottom, width: side, height: side),
        ]
        return try squares.flatMap { square in
            try Preprocessing.fiveCrops(of: square, crop)
                + [square.resized(width: crop.width, height: crop.height, filter: filter)]
        }
    }

    /// The corners, row by row, and the middle.
    private static func fiveCrops(of picture: Picture, _ crop: Extent) throws -> [Picture] {
        let middle = try picture.centreCropped(width: crop.width, height: crop.height)
        let (right, bottom) = (picture.width - crop.width, picture.height - crop.height)
        return try [(0, 0), (right, 0), (0, bottom), (right, bottom)].map { x, y in
            try picture.cropped(x: x, y: y, width: crop.width, height: crop.height)
        } + [middle]
    }
}

extension Picture {
    /// The picture with left and right exchanged.
    public var mirrored: Picture {
        var samples: [UInt8] = []
        samples.reserveCapacity(pixels.count)
        for row in 0..<height {
            for column in (0..<width).reversed() {
                let first = 3 * (row * width + column)
                samples.append(contentsOf: pixels[first..<first + 3])
            }
        }
        return Picture(checkedWidth: width, height: height, pixels: samples)
    }
}
