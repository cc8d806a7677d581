internal import DeeperTensors

/// The form of a copy of the image rows that a band of windows reads: dense, and with elements as the routine reads
/// them.
struct StagedBand {
    let shape: ConvolutionShape
    /// The number of pixels of a staged row.
    let width: Int
    let staging: RowStaging
    /// The bytes of a staged element.
    let elementBytes: Int

    private var channels: Int { shape.channelsPerGroup }

    /// Copies contiguous pixels.
    func stage(_ count: Int, from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
        guard shape.inputPitch != channels else { return staging.copy(count * channels, from: source, to: target) }
        for pixel in 0..<count {
            staging.copy(
                channels, from: source + pixel * shape.inputPitch, to: target + pixel * channels * elementBytes)
        }
    }

    /// Copies the input rows that `lines` read, with the zero point outside the image.
    func stage(
        _ lines: Range<Int>, of image: UnsafeRawPointer, _ zero: Int32, to target: UnsafeMutableRawPointer
    ) {
        let window = shape.window
        let bytes = channels * elementBytes
        let firstRow = lines.lowerBound * window.stride[1] - window.padBefore[1]
        let left = min(max(window.padBefore[2], 0), width)
        let firstColumn = max(0, -window.padBefore[2])
        let columns = max(0, min(width - left, window.input[2] - firstColumn))
        var write = target
        for row in firstRow..<firstRow + window.reach(1, of: lines.count) {
            defer { write += width * bytes }
            guard (0..<window.input[1]).contains(row) else {
                staging.fill(width * channels, with: zero, write)
                continue
            }
            staging.fill(left * channels, with: zero, write)
            stage(
                columns, from: image + (row * window.input[2] + firstColumn) * shape.inputPitch,
                to: write + left * bytes)
            staging.fill((width - left - columns) * channels, with: zero, write + (left + columns) * bytes)
        }
    }
}
