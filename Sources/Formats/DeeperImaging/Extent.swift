/// A width and a height in pixels.
public struct Extent: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Pixels across.
    public var width: Int
    /// Pixels down.
    public var height: Int

    /// An extent of any size; whether it is acceptable is checked where it is used.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    public var description: String { "\(width)x\(height)" }

    /// The number of pixels, or nil if the width or height is below 1 or the product does not fit in an `Int`.
    var pixelCount: Int? {
        let (count, overflow) = width.multipliedReportingOverflow(by: height)
        return width >= 1 && height >= 1 && !overflow ? count : nil
    }
}
