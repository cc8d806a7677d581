import DeeperKernels
import DeeperTensors

/// ONNX Einsum: Y[axes of the result] = the sum over all other axes of the product of the operands, each of which has
/// the axes that the equation gives it.
///
/// `...` broadcasts, a letter that occurs twice in an operand selects its diagonal, and an extent of 1 fits any other.
/// A float32 Einsum of two operands that amounts to matrix products is computed as such, and a single operand that is
/// only rearranged is copied.
struct Einsum: Operator {
    static let name = "Einsum"
    static let inputCount = 1...Int(Int32.max)
    static let firstOpset = 12
    private let equation: EinsumEquation

    init(_ attributes: inout AttributeReader) throws {
        guard let text = try attributes.string("equation") else {
            throw DeeperError(.invalidModel, "attribute equation is required")
        }
        equation = try EinsumEquation(text)
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let types = try (0..<inputs.count).map { try inputs.type($0) }
        guard Set(types.map(\.elementType)).count == 1, types[0].elementType != .bool else {
            let text = types.map(\.description).joined(separator: ", ")
            throw DeeperError(.invalidModel, "operands are \(text), expected one numeric type")
        }
        let loops = try EinsumLoops(equation, types.map(\.shape))
        return [TensorType(types[0].elementType, loops.shape)]
    }

    /// A single operand needs no products; it is only summed.
    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        guard let loops = try? EinsumLoops(equation, inputs.compactMap { $0?.shape }) else { return OperationCount() }
        let (products, sums) = (loops.productCount, outputs[0].shape.elementCount)
        if loops.operandCount == 1 { return OperationCount(elementwise: max(0, products - sums)) }
        return OperationCount(
            macs: products, sums: min(sums, products),
            elementwise: saturatingProduct(products, loops.operandCount - 2))
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let operands = try request.inputs.indices.map { try request.input($0) }
        let loops = try EinsumLoops(equation, operands.map(\.shape))
        let type = request.output.elementType
        if loops.operandCount == 1, loops.summed.isEmpty {
            let region = CopyRegion(
                extents: request.output.shape.dimensions, sourceStrides: loops.strides(0, along: loops.kept),
                targetStrides: request.output.strides)
            return .kernel(try StridedCopyKernel("einsum", elementType: type, regions: [region]), inputs: [0])
        }
        if type == .float32, let product = loops.product() {
            let kernel = matMulKernel(
                m: product.m, n: product.n, k: product.k, aOffsets: product.leftOffsets,
                bOffsets: product.rightOffsets, aTransposed: product.isLeftTransposed,
                bTransposed: product.isRightTransposed, options: request.options)
            return .kernel(kernel, inputs: [product.left, product.right])
        }
        guard !type.isHalf else { throw halfIsNotComputed }
        let indices = Array(request.inputs.indices)
        let kernel = EinsumKernel(
            elementType: type, kept: loops.kept.map(\.extent), summed: loops.summed.map(\.extent),
            keptStrides: indices.map { loops.strides($0, along: loops.kept) },
            summedStrides: indices.map { loops.strides($0, along: loops.summed) }, options: request.options)
        return .kernel(kernel, inputs: indices)
    }
}
