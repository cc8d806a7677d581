public import DeeperKernels
public import DeeperTensors

/// ONNX Gemm: Y = alpha A' B' + beta C, where ' optionally transposes and C broadcasts; the fully connected layer.
public struct Gemm: ActivatingOperator {
    public static let name = "Gemm"
    public static let inputCount = 2...3
    public let alpha: Float
    public let beta: Float
    public let isATransposed: Bool
    public let isBTransposed: Bool
    public var ending = Ending.none

    public init(
        alpha: Float = 1, beta: Float = 1, isATransposed: Bool = false, isBTransposed: Bool = false
    ) {
        self.alpha = alpha
        self.beta = beta
        self.isATransposed = isATransposed
        self.isBTransposed = isBTransposed
    }

    public init(_ attributes: inout AttributeReader) throws {
        alpha = try attributes.float("alpha", default: 1)
        beta = try attributes.float("beta", default: 1)
        isATransposed = try attributes.flag("transA")
        isBTransposed = try attributes.flag("transB")
        // Broadcasting is the rule since opset 7; exporters still write the attribute.
        attributes.ignore("broadcast")
    }

    public var attributes: [String: AttributeValue]? {
        [
            "alpha": .float(alpha), "beta": .float(beta), "transA": .int(isATransposed ? 1 : 0),
            "transB": .int(isBTransposed ? 1 : 0),
        ]
    }

    public var summary: String { ending.summary }

    private func extents(_ a: Shape, _ b: Shape) throws -> (m: Int, n: Int, k: Int) {
        guard a.rank == 2, b.rank == 2 else {
            throw DeeperError(.invalidModel, "operands have shapes \(a) and \(b), expected matrices")
        }
        let (m, k) = isATransposed ? (a[1], a[0]) : (a[0], a[1])
        let (rows, n) = isBTransposed ? (b[1], b[0]) : (b[0], b[1])
        guard k == rows else {
            throw DeeperError(
                .invalidModel,
                "\(a)\(isATransposed ? "'" : "") times \(b)\(isBTransposed ? "'" : ""): inner extents differ")
        }
        guard max(m, n, k) <= Int32.max else {
            throw DeeperError(.limitExceeded, "\(a) times \(b): extents beyond 2^31 are not supported")
        }
        return (m, n, k)
    }

    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { inputs.computedOnesHaveAllAxes }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let (m, n, _) = try extents(inputs.shape(0, .float32), inputs.shape(1, .float32))
        let shape = try Shape(validating: [m, n])
        if inputs.has(2) {
            let addend = try inputs.shape(2, .float32)
            guard addend.rank <= 2, try broadcastShape([shape, addend]) == shape else {
                throw DeeperError(.invalidModel, "C has shape \(addend), which does not broadcast to \(shape)")
            }
        }
        return [TensorType(.float32, shape)]
    }

    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        guard let a = inputs[0]?.shape else { return OperationCount() }
        let sums = outputs[0].shape.elementCount
        return OperationCount(
            macs: saturatingProduct(sums, isATransposed ? a[0] : a[1]), sums: sums,
            bias: inputs.count > 2 && inputs[2] != nil ? sums : 0,
            activation: saturatingProduct(sums, ending.operationsPerElement))
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let (m, n, k) = try extents(request.input(0).shape, request.input(1).shape)
        if !isATransposed, let weights = request.value(1), let bias = try rowBias(request, n), try scales(weights) {
            let kernel = try denseKernel(
                rows: m, k: k, n: n, weights: scaled(weights), transposed: isBTransposed,
                epilogue: Epilogue(bias: bias, ending: ending), options: request.options)
            return .kernel(kernel, inputs: [0])
        }
        var addend: MatMulKernel.Addend?
        if request.hasInput(2) {
            let strides = try request.input(2).strides(broadcastTo: request.output.shape)
            addend = MatMulKernel.Addend(scale: beta, rowStride: strides[0], columnStride: strides[1])
        }
        let kernel = matMulKernel(
            m: m, n: n, k: k, aOffsets: [0], bOffsets: [0], aTransposed: isATransposed, bTransposed: isBTransposed,
            alpha: alpha, addend: addend, ending: ending, options: request.options)
        return .kernel(kernel, inputs: request.hasInput(2) ? [0, 1, 2] : [0, 1])
    }

    /// beta C, if C is known and the same for every row; zeros if there is no C; nil otherwise.
    private func rowBias(_ request: LoweringRequest, _ n: Int) throws -> [Float]? {
        guard request.hasInput(2) else { return Array(repeating: 0, count: n) }
        guard let addend = request.value(2), addend.shape.rank < 2 || addend.shape[0] == 1 else { return nil }
        let values = try addend.elements(as: Float.self)
        guard values.count == 1 || values.count == n else { return nil }
        return (0..<n).map { beta * values[values.count == 1 ? 0 : $0] }
    }

    /// Whether alpha B loses no precision: every product is finite, and no normal number becomes subnormal or zero.
    private func scales(_ weights: Tensor) throws -> Bool {
        guard alpha != 1 else { return true }
        return try weights.elements(as: Float.self).allSatisfy { value in
            let product = alpha * value
            return product.isFinite && (product.isNormal || !value.isNormal)
        }
    }

    /// alpha B.
    private func scaled(_ weights: Tensor) -> Weights<Float> {
        let values = Weights<Float>(weights)
        return alpha == 1 ? values : values.map { [alpha] in $0.map { alpha * $0 } }
    }
}
