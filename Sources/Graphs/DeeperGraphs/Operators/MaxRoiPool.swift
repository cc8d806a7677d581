import DeeperKernels
import DeeperTensors

/// ONNX MaxRoiPool: the largest element in each of P x Q bins of regions of interest, 0 for an empty bin.
///
/// X is [N, C, H, W], the regions [count, 5] (image, x1, y1, x2, y2), both ends included, and Y [count, C, P, Q]. An
/// image number out of range ends the run with an error.
struct MaxRoiPool: Operator {
    static let name = "MaxRoiPool"
    static let inputCount = 2...2
    private let bins: [Int]
    private let scale: Float

    init(_ attributes: inout AttributeReader) throws {
        let bins = try WindowAttributes.checked(attributes.ints("pooled_shape"), "pooled_shape", atLeast: 1) ?? []
        guard bins.count == 2 else {
            throw DeeperError(.invalidModel, "attribute pooled_shape has \(bins.count) values, expected 2")
        }
        self.bins = bins
        scale = try attributes.float("spatial_scale", default: 1)
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.shape(0, .float32, .float64)
        let type = try inputs.type(0).elementType
        let regions = try inputs.shape(1, type)
        guard x.rank == 4, regions.rank == 2, regions[1] == 5 else {
            throw DeeperError(
                .invalidModel, "X has shape \(x), regions \(regions); expected [N, C, H, W] and [count, 5]")
        }
        return [TensorType(type, try Shape(validating: [regions[0], x[1]] + bins))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let x = try request.input(0)
        let kernel = RoiPoolKernel(
            elementType: x.elementType, images: x.shape[0], channels: x.shape[1], height: x.shape[2],
            width: x.shape[3], regions: request.output.shape[0], binRows: bins[0], binColumns: bins[1], scale: scale)
        return .kernel(kernel, inputs: [0, 1])
    }
}
