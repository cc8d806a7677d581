import DeeperKernels
import DeeperTensors

/// ONNX AffineGrid: grid[n, p] = theta[n] (x, y, 1) for the positions (x, y) from -1 to 1 of all pixels p of a
/// picture of the given size; (x, y, z, 1) in space.
///
/// theta is [N, 2, 3] and the size N, C, H, W, so that the grid is [N, H, W, 2]; or [N, 3, 4] and N, C, D, H, W,
/// which gives [N, D, H, W, 3]. Where an axis has one pixel, it lies at 0.
struct AffineGrid: Operator {
    static let name = "AffineGrid"
    static let inputCount = 2...2
    static let firstOpset = 20
    private let alignsCorners: Bool

    init(_ attributes: inout AttributeReader) throws { alignsCorners = try attributes.flag("align_corners") }

    var valueInputs: [Int] { [1] }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let theta = try inputs.shape(0, .float32, .float64)
        let size = try inputs.integers(1)
        let rank = size.count - 2
        guard rank == 2 || rank == 3, theta.dimensions == [size[0], rank, rank + 1] else {
            throw DeeperError(.invalidModel, "theta has shape \(theta), which does not fit size \(size)")
        }
        let shape = try Shape(validating: [size[0]] + size[2...] + [rank])
        return [TensorType(try inputs.type(0).elementType, shape)]
    }

    /// For each number of the grid, as many products and as many additions as the grid has axes.
    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        let shape = outputs[0].shape
        return OperationCount(elementwise: saturatingProduct(2, shape.rank - 2, shape.elementCount))
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let output = request.output
        let kernel = AffineGridKernel(
            elementType: output.elementType, images: output.shape[0],
            extents: Array(output.shape.dimensions[1...].dropLast()), alignsCorners: alignsCorners)
        return .kernel(kernel, inputs: [0])
    }
}
