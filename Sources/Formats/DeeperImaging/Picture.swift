import DeeperTensors

/// A picture of 8-bit red, green and blue samples.
public struct Picture: Sendable, Hashable {
    /// Pixels across, at least 1.
    public let width: Int
    /// Pixels down, at least 1.
    public let height: Int
    /// `3 * width * height` samples: rows from top to bottom, pixels from left to right, each pixel as red, green,
    /// blue.
    public let pixels: [UInt8]

    /// Makes a picture from its samples.
    ///
    /// - Throws: `invalidInput` if an extent is below 1 or the number of samples is not `3 * width * height`.
    public init(width: Int, height: Int, pixels: [UInt8]) throws {
        guard width >= 1, height >= 1 else {
            throw DeeperError(.invalidInput, "a picture has at least 1x1 pixels, not \(width)x\(height)")
        }
        let (pixelCount, overflow) = width.multipliedReportingOverflow(by: height)
        guard !overflow, pixels.count.isMultiple(of: 3), pixels.count / 3 == pixelCount else {
            throw DeeperError(
                .invalidInput, "\(pixels.count) samples given for \(width)x\(height) pixels of 3 samples each")
        }
        self.init(checkedWidth: width, height: height, pixels: pixels)
    }

    /// Makes a picture from samples whose number the caller has checked.
    init(checkedWidth width: Int, height: Int, pixels: [UInt8]) {
        assert(width >= 1 && height >= 1 && pixels.count == 3 * width * height)
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// Width and height.
    public var extent: Extent { Extent(width: width, height: height) }
}
