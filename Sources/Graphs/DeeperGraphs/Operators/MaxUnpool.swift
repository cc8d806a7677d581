import DeeperKernels
import DeeperTensors

/// ONNX MaxUnpool: X's elements at the positions where MaxPool found them, zeros elsewhere. A position is an element's
/// index in the whole of Y.
///
/// X and the positions are [N, C, P...]. Y has the given shape or, along every spatial axis, the extent stride (P - 1)
/// + kernel - pads. A position outside Y ends the run with an error. If a shape is given, which is that of MaxPool's
/// input, positions refer to it, as in ONNX Runtime; ONNX's reference implementation lets them refer to the computed
/// shape and copies the result into a corner.
struct MaxUnpool: Operator {
    static let name = "MaxUnpool"
    static let inputCount = 2...3
    static let firstOpset = 9
    private let kernel: [Int]
    private let strides: [Int]
    private let pads: [Int]

    init(_ attributes: inout AttributeReader) throws {
        guard let kernel = try WindowAttributes.checked(attributes.ints("kernel_shape"), "kernel_shape", atLeast: 1)
        else { throw DeeperError(.invalidModel, "attribute kernel_shape is required") }
        self.kernel = kernel
        strides =
            try WindowAttributes.checked(attributes.ints("strides"), "strides", atLeast: 1)
            ?? Array(repeating: 1, count: kernel.count)
        pads =
            try WindowAttributes.checked(attributes.ints("pads"), "pads", atLeast: 0)
            ?? Array(repeating: 0, count: 2 * kernel.count)
        guard strides.count == kernel.count, pads.count == 2 * kernel.count else {
            throw DeeperError(.invalidModel, "kernel_shape \(kernel), strides \(strides) and pads \(pads) do not fit")
        }
    }

    var valueInputs: [Int] { [2] }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.shape(0, .float32, .float64, .float16, .bfloat16)
        let positions = try inputs.shape(1, .int64)
        guard x.rank == kernel.count + 2, x.rank >= 3, positions == x else {
            throw DeeperError(
                .invalidModel, "X has shape \(x), positions \(positions), the kernel \(kernel.count) axes")
        }
        let dimensions = inputs.has(2) ? try inputs.integers(2) : try extents(x)
        guard dimensions.count == x.rank, dimensions[..<2] == x.dimensions[..<2] else {
            throw DeeperError(.invalidModel, "output_shape is \(dimensions) for X of shape \(x)")
        }
        return [TensorType(try inputs.type(0).elementType, try Shape(validating: dimensions))]
    }

    private func extents(_ x: Shape) throws -> [Int] {
        guard x.dimensions.allSatisfy({ $0 <= WindowAttributes.largest }) else {
            throw DeeperError(.limitExceeded, "X has shape \(x), extents beyond 2^31 are not supported")
        }
        let spatial = kernel.indices.map { axis in
            (x[axis + 2] - 1) * strides[axis] + kernel[axis] - pads[axis] - pads[kernel.count + axis]
        }
        return [x[0], x[1]] + spatial
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let kernel = MaxUnpoolKernel(
            inputCount: try request.input(0).shape.elementCount, outputCount: request.output.shape.elementCount,
            elementType: request.output.elementType)
        return .kernel(kernel, inputs: [0, 1])
    }
}
