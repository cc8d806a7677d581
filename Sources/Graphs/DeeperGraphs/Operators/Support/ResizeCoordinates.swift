internal import Glibc

/// How Resize maps positions of the output to positions of the input, along one axis (ONNX Resize, opset 19).
///
/// Where ONNX's text, its reference implementation and engines differ, this follows what ONNX Runtime and OpenVINO
/// agree on: `length_resized` is the output's extent, a whole number, and factors are float32, as are the results
/// computed from them where a position is rounded. There is one exception: the ratio of two extents is exact, as in
/// ONNX's text and in PyTorch; both engines round it to float32 and sometimes take a pixel that is one too low.
struct ResizeCoordinates: Sendable {
    /// ONNX's coordinate_transformation_mode.
    enum Mode: String, CaseIterable {
        case halfPixel = "half_pixel"
        case halfPixelSymmetric = "half_pixel_symmetric"
        case pytorchHalfPixel = "pytorch_half_pixel"
        case alignCorners = "align_corners"
        case asymmetric
        case halfPixelForNearest = "tf_half_pixel_for_nn"
        case cropAndResize = "tf_crop_and_resize"
    }

    /// ONNX's nearest_mode.
    enum Rounding: String, CaseIterable {
        case preferFloor = "round_prefer_floor"
        case preferCeil = "round_prefer_ceil"
        case floor, ceil
    }

    /// The number of output positions per input position.
    enum Scale: Sendable {
        /// A factor, as given by the model.
        case factor(Float)
        /// The quotient of two extents.
        case ratio(Int, Int)

        var value: Double {
            switch self {
            case .factor(let factor): Double(factor)
            case .ratio(let output, let input): Double(output) / Double(input)
            }
        }
    }

    var mode: Mode
    var inputExtent: Int
    var outputExtent: Int
    var scale: Scale
    /// The part of the axis that is resized, for tf_crop_and_resize.
    var region: (start: Double, end: Double) = (0, 1)

    /// An axis that keeps its extent.
    init(keeping extent: Int) {
        (mode, inputExtent, outputExtent, scale) = (.asymmetric, extent, extent, .factor(1))
    }

    /// Whether every output position maps to the same input position.
    var changesNothing: Bool { inputExtent == outputExtent && scale.value == 1 && region == (0, 1) }

    init(mode: Mode, inputExtent: Int, outputExtent: Int, scale: Scale) {
        (self.mode, self.inputExtent, self.outputExtent, self.scale) = (mode, inputExtent, outputExtent, scale)
    }

    /// The input position of an output position.
    func source(_ position: Int) -> Double {
        if let exact = quotient(position) { return Double(exact.numerator) / Double(exact.denominator) }
        return source(position, scale.value)
    }

    /// Whether an output position is outside the picture, which only a crop can cause.
    func isOutside(_ position: Int) -> Bool {
        guard mode == .cropAndResize else { return false }
        let x = source(position)
        return x < 0 || x > Double(inputExtent - 1)
    }

    /// The input position of an output position for nearest-neighbour interpolation.
    func nearest(_ position: Int, rounding: Rounding) -> Int {
        let rounded: Int
        if let (numerator, denominator) = quotient(position) {
            rounded =
                switch rounding {
                case .preferCeil: floored(2 * numerator + denominator, 2 * denominator)
                case .floor: floored(numerator, denominator)
                case .ceil: -floored(-numerator, denominator)
                case .preferFloor: -floored(denominator - 2 * numerator, 2 * denominator)
                }
        } else {
            let x = source(position, Float(scale.value))
            let whole: Float =
                switch rounding {
                case .preferCeil: Glibc.floor(x + 0.5)
                case .floor: Glibc.floor(x)
                case .ceil: Glibc.ceil(x)
                case .preferFloor: Glibc.ceil(x - 0.5)
                }
            rounded = Int(min(max(whole, 0), Float(inputExtent)))
        }
        return min(max(rounded, 0), inputExtent - 1)
    }

    /// The input position as an exact fraction of integers, if it is one. Extents are below 10^9, so nothing overflows.
    private func quotient(_ x: Int) -> (numerator: Int, denominator: Int)? {
        switch (mode, scale) {
        case (.alignCorners, _):
            return outputExtent == 1 ? (0, 1) : (x * (inputExtent - 1), outputExtent - 1)
        case (.pytorchHalfPixel, _) where outputExtent <= 1: return (0, 1)
        case (.cropAndResize, _), (_, .factor): return nil
        case (.asymmetric, .ratio(let output, let input)): return (x * input, output)
        case (.halfPixelForNearest, .ratio(let output, let input)): return ((2 * x + 1) * input, 2 * output)
        case (.halfPixelSymmetric, .ratio(let output, let input)):
            let margin = inputExtent * output - outputExtent * input
            return (margin + (2 * x + 1) * input - output, 2 * output)
        case (_, .ratio(let output, let input)): return ((2 * x + 1) * input - output, 2 * output)
        }
    }

    private func source<Number: BinaryFloatingPoint>(_ position: Int, _ scale: Number) -> Number {
        let x = Number(position)
        let input = Number(inputExtent)
        switch mode {
        case .halfPixelSymmetric:
            let offset = input / 2 * (1 - Number(outputExtent) / (scale * input))
            return offset + (x + 0.5) / scale - 0.5
        case .asymmetric: return x / scale
        case .halfPixelForNearest: return (x + 0.5) / scale
        case .cropAndResize:
            let (start, end) = (Number(region.start), Number(region.end))
            return outputExtent == 1
                ? (start + end) * (input - 1) / 2
                : start * (input - 1) + x * (end - start) * (input - 1) / Number(outputExtent - 1)
        case .halfPixel, .pytorchHalfPixel, .alignCorners: return (x + 0.5) / scale - 0.5
        }
    }
}

/// The quotient rounded down, for a positive denominator.
private func floored(_ numerator: Int, _ denominator: Int) -> Int {
    let (quotient, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
    return rest < 0 ? quotient - 1 : quotient
}
