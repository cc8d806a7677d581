import DeeperJSON

/// What a file of another format says about pictures: they are resized and cropped in the middle, and samples of
/// 0...255 become (x * scale - mean) / std.
struct ImportedPreprocessing {
    struct Resize {
        var height: Int
        var width: Int
        /// Whether only the shorter side gets that length.
        var keepsAspect = false
    }

    enum Channels: String {
        case rgb
        case bgr
        case luma
    }

    var size: Resize?
    var crop: Int?
    var channels: Channels
    var scale = 1.0
    /// For each channel.
    var mean: [Double]
    /// For each channel; nil for ones.
    var std: [Double]?

    /// The key and the text of the same in a model's metadata (docs/models.md).
    var entry: (key: String, text: String) {
        var text = JSONText()
        text.append("{\"resize\":")
        append(size, to: &text)
        text.append(",\"crop\":")
        append(crop.map { Resize(height: $0, width: $0) }, to: &text)
        text.append(",\"channels\":")
        text.append(quoting: channels.rawValue)
        text.append(",\"scale\":")
        _ = text.append(scale)
        text.append(",\"mean\":")
        append(mean, to: &text)
        if let std {
            text.append(",\"std\":")
            append(std, to: &text)
        }
        text.append("}")
        return ("deeper.preprocessing", String(decoding: text.bytes, as: UTF8.self))
    }

    private func append(_ numbers: [Double], to text: inout JSONText) {
        text.append("[")
        for (index, value) in numbers.enumerated() {
            if index > 0 { text.append(",") }
            _ = text.append(value)
        }
        text.append("]")
    }

    private func append(_ extent: Resize?, to text: inout JSONText) {
        guard let extent else { return text.append("null") }
        if extent.keepsAspect {
            text.append("{\"shorter_side\":")
        } else {
            text.append("{\"width\":")
            text.append(extent.width)
            text.append(",\"height\":")
        }
        text.append(extent.height)
        text.append("}")
    }
}
