/// Where a file's first row and first column belong in the upright picture, numbered as in the tag Orientation of TIFF
/// 6.0 and EXIF.
enum StoredOrientation: Int {
    case topLeft = 1
    case topRight, bottomRight, bottomLeft, leftTop, rightTop, rightBottom, leftBottom
}

extension Picture {
    /// The picture with its first row and column where they belong. Width and height are exchanged for orientations
    /// from 5 on. For ``StoredOrientation/topLeft`` the picture itself is returned, otherwise one in new memory.
    func upright(from stored: StoredOrientation) -> Picture {
        let (across, down) = (1, width)
        let (lastColumn, lastRow) = (width - 1, width * (height - 1))
        // Pixel (x, y) of the result is pixel number first + x * stepX + y * stepY of this picture.
        let (first, stepX, stepY) =
            switch stored {
            case .topLeft: (0, across, down)
            case .topRight: (lastColumn, -across, down)
            case .bottomRight: (lastRow + lastColumn, -across, -down)
            case .bottomLeft: (lastRow, across, -down)
            case .leftTop: (0, down, across)
            case .rightTop: (lastRow, -down, across)
            case .rightBottom: (lastRow + lastColumn, -down, -across)
            case .leftBottom: (lastColumn, down, -across)
            }
        if stored == .topLeft { return self }
        let isTurned = stored.rawValue >= StoredOrientation.leftTop.rawValue
        let (width, height) = isTurned ? (self.height, self.width) : (self.width, self.height)
        // The steps map the result's pixels one to one onto this picture's, so reads stay inside `source` and every
        // byte of `target` is written.
        let samples = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { target, count in
            pixels.withUnsafeBufferPointer { source in
                // Working in square blocks keeps the cache lines of a turned picture's columns until all of their
                // pixels are used.
                for top in stride(from: 0, to: height, by: 64) {
                    for left in stride(from: 0, to: width, by: 64) {
                        for y in top..<min(top + 64, height) {
                            var write = 3 * (y * width + left)
                            var read = 3 * (first + left * stepX + y * stepY)
                            for _ in left..<min(left + 64, width) {
                                target[write] = source[read]
                                target[write + 1] = source[read + 1]
                                target[write + 2] = source[read + 2]
                                write += 3
                                read += 3 * stepX
                            }
                        }
                    }
                }
            }
            count = 3 * width * height
        }
        return Picture(checkedWidth: width, height: height, pixels: samples)
    }
}
