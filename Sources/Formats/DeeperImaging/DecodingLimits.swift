import DeeperTensors

/// Limits on what a file from an untrusted source may demand, checked before it is decoded.
public struct DecodingLimits: Sendable {
    /// The largest number of pixels that a picture may have according to its header.
    public var maxPixelCount: Int
    /// The largest number of bytes that a file may have.
    public var maxFileBytes: Int
    /// Called before pixels are decoded with the largest number of bytes that decoding takes. An error that it throws
    /// ends the decoding. For programs that keep account of their memory.
    public var reserve: (@Sendable (_ byteCount: Int) throws -> Void)?

    /// The default keeps the worst case, a progressive CMYK JPEG, below 1 GiB: per pixel 8 bytes of coefficients and
    /// 4 of samples, 2^26 pixels, plus the file itself.
    public init(
        maxPixelCount: Int = 1 << 26, maxFileBytes: Int = 128 << 20,
        reserve: (@Sendable (_ byteCount: Int) throws -> Void)? = nil
    ) {
        self.maxPixelCount = maxPixelCount
        self.maxFileBytes = maxFileBytes
        self.reserve = reserve
    }

    private static let bytesPerPixel = 12

    /// - Throws: `limitExceeded` if a picture of this extent is too large, `invalidInput` if it has no pixels.
    func check(_ extent: Extent) throws {
        guard extent.width >= 1, extent.height >= 1 else {
            throw DeeperError(.invalidInput, "a picture has at least 1x1 pixels, not \(extent)")
        }
        guard let pixelCount = extent.pixelCount, pixelCount <= maxPixelCount else {
            throw DeeperError(.limitExceeded, "a picture of \(extent) pixels is above the limit of \(maxPixelCount)")
        }
        try reserve?(Self.bytesPerPixel * pixelCount)
    }

    /// - Throws: `limitExceeded` if a file of this length is too large.
    func check(fileBytes: Int) throws {
        guard fileBytes <= maxFileBytes else {
            throw DeeperError(.limitExceeded, "\(fileBytes) bytes are above the limit of \(maxFileBytes)")
        }
    }
}
