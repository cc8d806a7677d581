/// Writes the windows of `pixels` output pixels as rows of kernel taps times `channels`: the left operand of the matrix
/// product.
///
/// target[pixel - first][(tap, c)] = image[input of tap][c], zero outside. Taps run over depth, height, width; rows
/// are dense.
///
/// - Parameters:
///   - image: the first channel to read of the image's first pixel; channels-last.
///   - pitch: floats from one pixel of the image to the next.
func im2col(
    _ window: WindowGeometry, image: UnsafePointer<Float>, pitch: Int, channels: Int, pixels: Range<Int>,
    into target: UnsafeMutablePointer<Float>
) {
    let rowLength = window.kernel[2] * channels
    // The taps of a row are contiguous in memory if there is nothing between the pixels.
    let isRun = window.dilation[2] == 1 && pitch == channels
    var write = target
    for pixel in pixels {
        let position = window.outputPosition(pixel)
        let depth = window.valid(0, at: position[0])
        let height = window.valid(1, at: position[1])
        let width = window.valid(2, at: position[2])
        for d in 0..<window.kernel[0] {
            for h in 0..<window.kernel[1] {
                guard depth.taps.contains(d), height.taps.contains(h), !width.taps.isEmpty else {
                    write.update(repeating: 0, count: rowLength)
                    write += rowLength
                    continue
                }
                let plane = depth.first + (d - depth.taps.lowerBound) * window.dilation[0]
                let line = height.first + (h - height.taps.lowerBound) * window.dilation[1]
                var read = image + ((plane * window.input[1] + line) * window.input[2] + width.first) * pitch
                let before = width.taps.lowerBound * channels
                if before > 0 { write.update(repeating: 0, count: before) }
                if isRun {
                    (write + before).update(from: read, count: width.taps.count * channels)
                } else {
                    for tap in width.taps {
                        (write + tap * channels).update(from: read, count: channels)
                        read += window.dilation[2] * pitch
                    }
                }
                let end = width.taps.upperBound * channels
                if end < rowLength { (write + end).update(repeating: 0, count: rowLength - end) }
                write += rowLength
            }
        }
    }
}
