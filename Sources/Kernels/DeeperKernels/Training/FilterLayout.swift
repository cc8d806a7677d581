/// The order in which training stores a convolution's filters: [outputChannels][tap][channelsPerGroup], so that the
/// floats of a window are contiguous.
///
/// ONNX stores [outputChannels][channelsPerGroup][tap].
public enum FilterLayout {
    /// Converts ONNX's order to that of training.
    public static func fromONNX(_ filters: [Float], outputChannels: Int, channels: Int, taps: Int) -> [Float] {
        transposed(filters, blocks: outputChannels, rows: channels, columns: taps)
    }

    /// Converts the order of training to ONNX's.
    public static func toONNX(_ filters: [Float], outputChannels: Int, channels: Int, taps: Int) -> [Float] {
        transposed(filters, blocks: outputChannels, rows: taps, columns: channels)
    }

    private static func transposed(_ values: [Float], blocks: Int, rows: Int, columns: Int) -> [Float] {
        precondition(values.count == blocks * rows * columns)
        var result = values
        for block in 0..<blocks {
            let base = block * rows * columns
            for row in 0..<rows {
                for column in 0..<columns {
                    result[base + column * rows + row] = values[base + row * columns + column]
                }
            }
        }
        return result
    }
}
