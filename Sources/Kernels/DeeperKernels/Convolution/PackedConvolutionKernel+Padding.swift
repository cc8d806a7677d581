extension PackedConvolutionKernel {
    /// Copies the input rows that `lines` read, densely and with zeros outside the image.
    func copyPadded(
        _ image: UnsafePointer<Float>, _ lines: Range<Int>, into target: UnsafeMutablePointer<Float>
    ) {
        let window = shape.window
        let channels = shape.channelsPerGroup
        let firstRow = lines.lowerBound * window.stride[1] - window.padBefore[1]
        let left = min(max(window.padBefore[2], 0), paddedWidth)
        let firstColumn = max(0, -window.padBefore[2])
        let columns = max(0, min(paddedWidth - left, window.input[2] - firstColumn))
        var write = target
        if let meter {
            let bytes = window.reach(1, of: lines.count) * paddedWidth * channels * 4
            meter.add { $0.copiedBytes += bytes }
        }
        for row in firstRow..<firstRow + window.reach(1, of: lines.count) {
            defer { write += paddedWidth * channels }
            guard (0..<window.input[1]).contains(row) else {
                write.update(repeating: 0, count: paddedWidth * channels)
                continue
            }
            write.update(repeating: 0, count: left * channels)
            let read = image + (row * window.input[2] + firstColumn) * shape.inputPitch
            let inside = write + left * channels
            if shape.inputPitch == channels {
                inside.update(from: read, count: columns * channels)
            } else {
                for column in 0..<columns {
                    (inside + column * channels).update(from: read + column * shape.inputPitch, count: channels)
                }
            }
            (inside + columns * channels).update(repeating: 0, count: (paddedWidth - left - columns) * channels)
        }
    }
}
