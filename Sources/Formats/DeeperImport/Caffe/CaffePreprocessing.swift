import DeeperJSON

/// What a layer of data does to pictures: it resizes them, crops the middle, and makes (x - mean) * scale of samples of
/// 0...255, blue first.
struct CaffePreprocessing {
    struct Resize {
        var height: Int
        var width: Int
        /// Whether only the shorter side gets that length.
        var keepsAspect = false
    }

    var size: Resize?
    var crop: Int?
    var isColour: Bool
    var scale: Double
    /// For each channel, multiplied by the scale.
    var mean: [Double]

    /// The key and the text of the same in a model's metadata (docs/models.md).
    var entry: (key: String, text: String) {
        var text = JSONText()
        text.append("{\"resize\":")
        append(size, to: &text)
        text.append(",\"crop\":")
        append(crop.map { Resize(height: $0, width: $0) }, to: &text)
        text.append(",\"channels\":")
        text.append(quoting: isColour ? "bgr" : "luma")
        text.append(",\"scale\":")
        _ = text.append(scale)
        text.append(",\"mean\":[")
        for (index, value) in mean.enumerated() {
            if index > 0 { text.append(",") }
            _ = text.append(value)
        }
        text.append("]}")
        return ("deeper.preprocessing", String(decoding: text.bytes, as: UTF8.self))
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
