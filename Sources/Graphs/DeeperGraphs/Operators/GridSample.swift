import DeeperKernels
import DeeperTensors

/// ONNX GridSample: Y[n, c, p] = X[n, c] at the position grid[n, p], whose coordinates from -1 to 1 span the picture,
/// innermost axis first; by nearest neighbour (any type), linear or cubic interpolation.
///
/// X is [N, C, D...], the grid [N, P..., r] with r axes, and Y [N, C, P...]; r is 1 to 3.
struct GridSample: Operator {
    static let name = "GridSample"
    static let inputCount = 2...2
    static let firstOpset = 16
    private let sampling: GridSampling
    private let mode: Mode

    /// Opset 20 renamed the modes.
    private enum Mode: String, CaseIterable {
        case nearest, linear, cubic, bilinear, bicubic

        var form: GridSampling.Mode {
            switch self {
            case .nearest: .nearest
            case .linear, .bilinear: .linear
            case .cubic, .bicubic: .cubic
            }
        }
    }

    init(_ attributes: inout AttributeReader) throws {
        mode = try attributes.choice("mode", default: .linear)
        sampling = GridSampling(
            mode: mode.form, padding: try attributes.choice("padding_mode", default: .zeros),
            alignsCorners: try attributes.flag("align_corners"))
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let grid = try inputs.shape(1, .float32, .float64)
        let rank = type.shape.rank - 2
        guard (1...3).contains(rank), grid.rank == rank + 2, grid[0] == type.shape[0], grid[rank + 1] == rank,
            type.shape.dimensions[2...].allSatisfy({ $0 > 0 })
        else {
            throw DeeperError(
                .invalidModel, "X has shape \(type.shape), which a grid of shape \(grid) does not sample")
        }
        guard mode == .nearest || !type.elementType.isHalf else { throw halfIsNotComputed }
        let dimensions = [type.shape[0], type.shape[1]] + grid.dimensions[1...].dropLast()
        return [TensorType(type.elementType, try Shape(validating: dimensions))]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        guard let grid = inputs[1]?.shape, mode != .nearest else { return OperationCount() }
        let taps = (1...max(1, grid.rank - 2)).reduce(1) { taps, _ in taps * (mode.form == .linear ? 2 : 4) }
        return OperationCount(elementwise: saturatingProduct(outputs[0].shape.elementCount, 2 * taps - 1))
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let x = try request.input(0)
        let kernel = GridSampleKernel(
            sampling, elementType: x.elementType, gridType: try request.input(1).elementType, images: x.shape[0],
            channels: x.shape[1], extents: Array(x.shape.dimensions[2...]),
            outputPixels: request.output.shape.dimensions[2...].reduce(1, *))
        return .kernel(kernel, inputs: [0, 1])
    }
}
