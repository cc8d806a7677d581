import DeeperKernels
import DeeperTensors

/// ONNX Col2Im: the sum of overlapping blocks at their places in a picture, the inverse of im2col.
///
/// X is [N, C * taps, blocks], where the taps of a block and the blocks of a picture are in row-major order, and Y is
/// [N, C, picture...]. Pictures have one to three axes.
struct Col2Im: Operator {
    static let name = "Col2Im"
    static let inputCount = 3...3
    static let firstOpset = 18
    private let window: WindowAttributes

    init(_ attributes: inout AttributeReader) throws {
        window = try WindowAttributes(
            strides: attributes.ints("strides"), pads: attributes.ints("pads"), dilations: attributes.ints("dilations"))
    }

    var valueInputs: [Int] { [1, 2] }

    /// The window whose outputs are the blocks, and the number of channels.
    private func geometry(
        _ x: Shape, picture: [Int], block: [Int]
    ) throws -> (window: WindowGeometry, channels: Int) {
        _ = try WindowAttributes.checked(picture, "image_shape", atLeast: 0)
        _ = try WindowAttributes.checked(block, "block_shape", atLeast: 1)
        guard picture.count == block.count else {
            throw DeeperError(.invalidModel, "image_shape \(picture) and block_shape \(block) differ in length")
        }
        let window = try window.window(input: picture, kernel: block).geometry
        let taps = saturatingProduct(block[0], block.dropFirst().reduce(1) { saturatingProduct($0, $1) })
        let blocks = (0..<3).reduce(1) { saturatingProduct($0, window.output[$1]) }
        guard x.rank == 3, x[1] % taps == 0, x[2] == blocks else {
            throw DeeperError(
                .invalidModel, "X has shape \(x), expected [N, C * \(taps), \(blocks)] for a picture of \(picture)")
        }
        return (window, x[1] / taps)
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.shape(0, among: ElementType.numbers)
        let picture = try inputs.integers(1)
        let channels = try geometry(x, picture: picture, block: inputs.integers(2)).channels
        return [TensorType(try inputs.type(0).elementType, try Shape(validating: [x[0], channels] + picture))]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(elementwise: inputs[0]?.shape.elementCount ?? 0)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let x = try request.input(0)
        let (window, channels) = try geometry(
            x.shape, picture: request.knownValue(1).integers(), block: request.knownValue(2).integers())
        let kernel = ColumnsToImageKernel(
            window: window, planes: x.shape[0] * channels, sum: try ScatterReduction.sum.combination(x.elementType))
        return .kernel(kernel, inputs: [0])
    }
}
