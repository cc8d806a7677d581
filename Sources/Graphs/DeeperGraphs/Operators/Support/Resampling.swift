import DeeperKernels
import DeeperTensors

extension LayoutChoice {
    /// Float32 images of which only height and width change are resampled channels-last, everything else row-major.
    static func resampling(_ inputs: [TensorDescriptor?], _ outputs: [TensorType]) -> LayoutChoice {
        guard let x = inputs[0], x.elementType == .float32, 3...4 ~= x.shape.rank,
            x.shape.dimensions.prefix(2) == outputs[0].shape.dimensions.prefix(2)
        else { return .rowMajor(inputs: inputs.count, outputs: outputs.count) }
        return .image(inputs: inputs.count, outputs: outputs.count)
    }
}

extension LoweringRequest {
    /// The kernel for a channels-last image whose last axes are resampled.
    ///
    /// - Parameter axes: one for each axis of the input; the axes of images and channels keep their extents.
    func resampling(_ axes: [ResampleAxis]) throws -> Lowering {
        let input = try input(0)
        // If no extent changes, the picture is unchanged, even if the factor would move positions slightly.
        let axes = input.shape == output.shape ? input.shape.dimensions.map(ResampleAxis.init(keeping:)) : axes
        let one = ResampleAxis(keeping: 1)
        let kernel = ImageResampleKernel(
            rows: axes.count == 4 ? axes[2] : one, columns: axes[axes.count - 1], images: input.shape[0],
            channels: input.shape[1], inputPitch: input.pixelPitch, outputPitch: output.pixelPitch, options: options)
        return .kernel(kernel, inputs: [0])
    }
}

extension ResampleAxis {
    init(keeping extent: Int) {
        self = .nearest(ResizeCoordinates(keeping: extent)) { $0 }
    }

    /// An axis in which every output position takes the value of one input position.
    static func nearest(_ axis: ResizeCoordinates, _ source: (Int) -> Int) -> ResampleAxis {
        let taps: [[(index: Int, weight: Float)]] = (0..<axis.outputExtent).map { position in
            [(index: source(position), weight: Float(1))]
        }
        return ResampleAxis(
            inputExtent: axis.inputExtent, taps: taps, outside: Array(repeating: false, count: taps.count))
    }
}
