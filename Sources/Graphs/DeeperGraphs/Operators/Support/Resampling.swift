import DeeperKernels
import DeeperTensors

extension LayoutChoice {
    /// Images of float32 whose height and width alone change are resampled channels-last; anything else row-major.
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
    /// - Parameter axes: one for each axis of the input, of which images and channels keep their extents.
    func resampling(_ axes: [ResampleAxis]) throws -> Lowering {
        let input = try input(0)
        // A factor that changes no extent changes nothing, though positions times the factor say otherwise.
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

    /// Every output position shows one input position.
    static func nearest(_ axis: ResizeCoordinates, _ source: (Int) -> Int) -> ResampleAxis {
        let taps: [[(index: Int, weight: Float)]] = (0..<axis.outputExtent).map { position in
            [(index: source(position), weight: Float(1))]
        }
        return ResampleAxis(
            inputExtent: axis.inputExtent, taps: taps, outside: Array(repeating: false, count: taps.count))
    }
}
