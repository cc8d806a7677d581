import DeeperKernels
import DeeperTensors

/// ONNX RoiAlign: the average or maximum of interpolated samples in each of P x Q bins of regions of interest.
///
/// X is [N, C, H, W], the regions are [count, 4] (x1, y1, x2, y2), the numbers of their images [count], and Y is
/// [count, C, P, Q]. An image number out of range ends the run with an error.
struct RoiAlign: Operator {
    static let name = "RoiAlign"
    static let inputCount = 3...3
    static let firstOpset = 10
    private let sampling: RoiAlignKernel.Sampling
    private let height: Int
    private let width: Int

    private enum Mode: String, CaseIterable {
        case average = "avg"
        case maximum = "max"
    }

    private enum Coordinates: String, CaseIterable {
        case halfPixel = "half_pixel"
        case outputHalfPixel = "output_half_pixel"
    }

    /// The largest sampling_ratio; a bin has the square of it as number of samples.
    private static let mostSamples = 1 << 15

    init(_ attributes: inout AttributeReader) throws {
        let mode: Mode = try attributes.choice("mode", default: .average)
        // Opset 16 corrected the default coordinates.
        let coordinates: Coordinates =
            attributes.opset < 16
            ? .outputHalfPixel : try attributes.choice("coordinate_transformation_mode", default: .halfPixel)
        height = try attributes.int("output_height", default: 1)
        width = try attributes.int("output_width", default: 1)
        let samples = try attributes.int("sampling_ratio", default: 0)
        guard (0...RoiAlign.mostSamples).contains(samples), (1...WindowAttributes.largest).contains(height),
            (1...WindowAttributes.largest).contains(width)
        else {
            throw DeeperError(
                .invalidModel,
                "sampling_ratio \(samples), output_height \(height), output_width \(width); expected 0 to "
                    + "\(RoiAlign.mostSamples), and extents from 1")
        }
        sampling = RoiAlignKernel.Sampling(
            scale: try attributes.float("spatial_scale", default: 1), isShifted: coordinates == .halfPixel,
            samplesPerAxis: samples, takesMaximum: mode == .maximum)
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.shape(0, .float32, .float64)
        let type = try inputs.type(0).elementType
        let regions = try inputs.shape(1, type)
        let images = try inputs.shape(2, .int64)
        guard x.rank == 4, x[2] > 0, x[3] > 0, regions.rank == 2, regions[1] == 4, images.dimensions == [regions[0]]
        else {
            throw DeeperError(
                .invalidModel,
                "X has shape \(x), regions \(regions), numbers of images \(images); expected "
                    + "[N, C, H, W], [count, 4] and [count]")
        }
        return [TensorType(type, try Shape(validating: [regions[0], x[1], height, width]))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let x = try request.input(0)
        let kernel = RoiAlignKernel(
            sampling, elementType: x.elementType, images: x.shape[0], channels: x.shape[1], height: x.shape[2],
            width: x.shape[3], regions: request.output.shape[0], binRows: height, binColumns: width)
        return .kernel(kernel, inputs: [0, 1, 2])
    }
}
