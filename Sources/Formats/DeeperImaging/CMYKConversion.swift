/// Converts inverted cyan, magenta, yellow and black, 4 samples per pixel, as Adobe's programs write them into JPEG
/// files, to red, green and blue.
///
/// R = K' - C * K' / 255 rounded, with C = 255 - C' and C', K' the samples; Pillow computes the same, and also assumes
/// that every CMYK JPEG is inverted. Without a colour profile there is no better interpretation.
func redGreenBlue(invertedCMYK samples: [UInt8]) -> [UInt8] {
    let pixelCount = samples.count / 4
    // Every one of the 3 * pixelCount bytes is written below; reads stay below 4 * pixelCount <= samples.count.
    return [UInt8](unsafeUninitializedCapacity: 3 * pixelCount) { target, count in
        samples.withUnsafeBufferPointer { source in
            for pixel in 0..<pixelCount {
                let light = Int32(source[4 * pixel + 3])
                for channel in 0..<3 {
                    let ink = (255 - Int32(source[4 * pixel + channel])) * light + 128
                    target[3 * pixel + channel] = UInt8(max(0, light - (((ink >> 8) + ink) >> 8)))
                }
            }
        }
        count = 3 * pixelCount
    }
}
