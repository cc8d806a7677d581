internal import Glibc

/// How Resize maps positions of the output to positions of the input, along one axis (ONNX Resize, opset 19).
struct ResizeCoordinates: Sendable {
    static let modes = [
        "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric",
        "tf_half_pixel_for_nn", "tf_crop_and_resize",
    ]
    var mode: String
    var inputExtent: Int
    var outputExtent: Int
    var scale: Double
    /// The part of the axis that is shown, for tf_crop_and_resize.
    var region: (start: Double, end: Double) = (0, 1)

    func source(_ position: Int) -> Double {
        let x = Double(position)
        let input = Double(inputExtent)
        // The output's extent before it was rounded down.
        let output = scale * input
        switch mode {
        case "half_pixel_symmetric":
            let offset = input / 2 * (1 - Double(outputExtent) / output)
            return offset + (x + 0.5) / scale - 0.5
        case "pytorch_half_pixel": return output == 1 ? 0 : (x + 0.5) / scale - 0.5
        case "align_corners": return output == 1 ? 0 : x * (input - 1) / (output - 1)
        case "asymmetric": return x / scale
        case "tf_half_pixel_for_nn": return (x + 0.5) / scale
        case "tf_crop_and_resize":
            let (start, end) = region
            return output == 1
                ? (start + end) * (input - 1) / 2 : start * (input - 1) + x * (end - start) * (input - 1) / (output - 1)
        default: return (x + 0.5) / scale - 0.5
        }
    }

    /// Only a crop can reach beyond the picture.
    func isOutside(_ position: Int) -> Bool {
        guard mode == "tf_crop_and_resize" else { return false }
        let x = source(position)
        return x < 0 || x > Double(inputExtent - 1)
    }

    /// The input position that a nearest-neighbour output position shows.
    func nearest(_ position: Int, rounding: String) -> Int {
        let x = source(position)
        let rounded =
            switch rounding {
            case "round_prefer_ceil": floor(x + 0.5)
            case "floor": floor(x)
            case "ceil": ceil(x)
            default: ceil(x - 0.5)
            }
        return Int(min(max(rounded, 0), Double(inputExtent - 1)))
    }
}
