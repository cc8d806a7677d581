import DeeperTensors

extension Picture {
    /// A crop of `width` x `height` pixels whose top left pixel is (`x`, `y`), counted from the picture's top left.
    ///
    /// - Throws: `invalidInput` if the crop is not inside the picture.
    public func cropped(x: Int, y: Int, width: Int, height: Int) throws -> Picture {
        guard width >= 1, height >= 1, x >= 0, y >= 0, width <= self.width, height <= self.height,
            x <= self.width - width, y <= self.height - height
        else {
            throw DeeperError(
                .invalidInput, "the crop of \(width)x\(height) pixels at (\(x), \(y)) is not inside \(extent) pixels")
        }
        var samples: [UInt8] = []
        samples.reserveCapacity(3 * width * height)
        for row in y..<y + height {
            let first = 3 * (row * self.width + x)
            samples.append(contentsOf: pixels[first..<first + 3 * width])
        }
        return Picture(checkedWidth: width, height: height, pixels: samples)
    }

    /// The `width` x `height` pixels in the middle.
    ///
    /// Half of an odd margin is rounded to even, as in torchvision: margins of 29 and 31 start at 14 and 16. Caffe
    /// rounds down, which differs only for margins of 4n + 3.
    ///
    /// - Throws: `invalidInput` if the picture is smaller.
    public func centreCropped(width: Int, height: Int) throws -> Picture {
        guard width >= 1, height >= 1, width <= self.width, height <= self.height else {
            throw DeeperError(
                .invalidInput, "a centre crop of \(width)x\(height) does not fit a picture of \(extent) pixels")
        }
        return try cropped(
            x: Picture.centreOffset(margin: self.width - width),
            y: Picture.centreOffset(margin: self.height - height), width: width, height: height)
    }

    private static func centreOffset(margin: Int) -> Int { margin / 2 + (margin % 4 == 3 ? 1 : 0) }
}
