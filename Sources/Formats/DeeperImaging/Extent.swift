/// A width and a height in pixels.
public struct Extent: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Pixels across.
    public var width: Int
    /// Pixels down.
    public var height: Int

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    public var description: String { "\(width)x\(height)" }

    /// The number of pixels, or nil where an extent is below 1 or the product does not fit an `Int`.
    var pixelCount: Int? {
        let (count, overflow) = width.multipliedReportingOverflow(by: height)
        return width >= 1 && height >= 1 && !overflow ? count : nil
    }
}
