internal import DeeperImaging
internal import DeeperTensors

/// Random changes to pictures before they are used for training. The same seed gives the same changes.
public struct Augmentation: Sendable, Codable, Hashable {
    /// Whether half of the pictures, at random, are mirrored left to right.
    public var mirrors = false
    /// The number of grey pixels that are added around the picture before a window of its original size is cut out at
    /// random. 0: none.
    public var padCrop = 0
    /// Whether to cut out and resize a window of ``leastArea`` to 100 % of the area, with an aspect ratio of 3/4 to 4/3
    /// (arXiv 1409.4842, section 6).
    public var cropsArea = false
    /// The smallest share of the area that `cropsArea` leaves.
    public var leastArea = 0.08
    /// Brightness, contrast and saturation are multiplied by random factors of 1 - distortion to 1 + distortion. 0: no
    /// distortion.
    public var distortion = 0.0

    /// No changes; set the properties to add some.
    public init() {}

    /// - Throws: `invalidInput` for values out of range.
    func check() throws {
        guard (0...1024).contains(padCrop), leastArea > 0, leastArea <= 1, (0..<1).contains(distortion) else {
            throw DeeperError(
                .invalidInput,
                "padCrop \(padCrop), leastArea \(leastArea), distortion \(distortion); expected 0...1024, "
                    + "above 0 to 1, 0..<1"
            )
        }
    }

    /// - Parameter extent: the extent of the result, to which the picture is resized bilinearly.
    func apply(_ picture: Picture, to extent: Extent, generator: inout SeededGenerator) throws -> Picture {
        var result = picture
        if cropsArea { result = try areaCrop(result, &generator) }
        if result.extent != extent {
            result = try result.resized(width: extent.width, height: extent.height, filter: .bilinear)
        }
        let shift =
            padCrop > 0
            ? (generator.below(2 * padCrop + 1) - padCrop, generator.below(2 * padCrop + 1) - padCrop) : (0, 0)
        let isMirrored = mirrors && generator.below(2) == 1
        if shift != (0, 0) || isMirrored { result = try moved(result, shift, isMirrored) }
        if distortion > 0 { result = try distorted(result, &generator) }
        return result
    }

    private func areaCrop(_ picture: Picture, _ generator: inout SeededGenerator) throws -> Picture {
        let area = Double(picture.width * picture.height)
        for _ in 0..<10 {
            let wanted = area * generator.real(in: leastArea...1)
            // Log-uniform, so that wide windows are as likely as tall ones.
            let aspect = exponential(generator.real(in: logarithm(0.75)...logarithm(4.0 / 3)))
            let width = Int((wanted * aspect).squareRoot().rounded())
            let height = Int((wanted / aspect).squareRoot().rounded())
            guard width >= 1, height >= 1, width <= picture.width, height <= picture.height else { continue }
            return try picture.cropped(
                x: generator.below(picture.width - width + 1), y: generator.below(picture.height - height + 1),
                width: width, height: height)
        }
        let side = min(picture.width, picture.height)
        return try picture.centreCropped(width: side, height: side)
    }

    private func moved(_ picture: Picture, _ shift: (Int, Int), _ isMirrored: Bool) throws -> Picture {
        var pixels = [UInt8](repeating: 128, count: picture.pixels.count)
        let (width, height) = (picture.width, picture.height)
        for row in 0..<height {
            let sourceRow = row + shift.0
            guard (0..<height).contains(sourceRow) else { continue }
            for column in 0..<width {
                let shifted = column + shift.1
                guard (0..<width).contains(shifted) else { continue }
                let source = 3 * (sourceRow * width + (isMirrored ? width - 1 - shifted : shifted))
                let target = 3 * (row * width + column)
                for sample in 0..<3 { pixels[target + sample] = picture.pixels[source + sample] }
            }
        }
        return try Picture(width: width, height: height, pixels: pixels)
    }

    private func distorted(_ picture: Picture, _ generator: inout SeededGenerator) throws -> Picture {
        func factor(_ generator: inout SeededGenerator) -> Float {
            Float(generator.real(in: 1 - distortion...1 + distortion))
        }
        let (brightness, contrast, saturation) = (factor(&generator), factor(&generator), factor(&generator))
        func grey(_ p: Int) -> Float {
            0.299 * Float(picture.pixels[p]) + 0.587 * Float(picture.pixels[p + 1]) + 0.114
                * Float(picture.pixels[p + 2])
        }
        let places = stride(from: 0, to: picture.pixels.count, by: 3)
        let mean = places.reduce(Float(0)) { $0 + grey($1) } / Float(picture.width * picture.height)
        var pixels = picture.pixels
        for place in places {
            let own = grey(place)
            for sample in 0..<3 {
                let saturated = own + saturation * (Float(pixels[place + sample]) - own)
                let value = brightness * (mean + contrast * (saturated - mean))
                pixels[place + sample] = UInt8(max(0, min(255, value.rounded())))
            }
        }
        return try Picture(width: picture.width, height: picture.height, pixels: pixels)
    }
}

extension SeededGenerator {
    /// A random integer in 0..<bound. The bias of the remainder is below bound / 2^64.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// A random number in a range.
    mutating func real(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * (Double(next() >> 11) * 0x1p-53)
    }
}
