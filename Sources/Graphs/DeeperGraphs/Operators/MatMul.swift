public import DeeperKernels
public import DeeperTensors

/// ONNX MatMul: products of the last two axes, the others broadcast.
public struct MatMul: ActivatingOperator {
    public static let name = "MatMul"
    public static let inputCount = 2...2

    /// Set by a pass.
    public var ending = Ending.none
    /// Set by a pass: input 2, a constant row of n floats, is added before the activation. Only with constant weights.
    public var addsBias = false

    public init() {}
    public var valueInputs: [Int] { addsBias ? [1, 2] : [] }
    public var summary: String { (addsBias ? "+ bias" : "") + ending.summary }
    public var attributes: [String: AttributeValue]? { [:] }
    public init(_ attributes: inout AttributeReader) throws {}

    private struct Extents {
        var m: Int, n: Int, k: Int
        var aStack: DeeperTensors.Shape, bStack: DeeperTensors.Shape, stack: DeeperTensors.Shape
        var output: DeeperTensors.Shape
    }

    private func extents(_ a: DeeperTensors.Shape, _ b: DeeperTensors.Shape) throws -> Extents {
        guard a.rank > 0, b.rank > 0 else { throw DeeperError(.invalidModel, "a scalar operand: \(a) and \(b)") }
        let (isRow, isColumn) = (a.rank == 1, b.rank == 1)
        let left = isRow ? [1] + a.dimensions : a.dimensions
        let right = isColumn ? b.dimensions + [1] : b.dimensions
        guard left[left.count - 1] == right[right.count - 2] else {
            throw DeeperError(.invalidModel, "\(a) times \(b): inner extents differ")
        }
        let aStack = DeeperTensors.Shape(Array(left.dropLast(2)))
        let bStack = DeeperTensors.Shape(Array(right.dropLast(2)))
        let stack = try broadcastShape([aStack, bStack])
        let (m, n) = (left[left.count - 2], right[right.count - 1])
        guard max(m, n, left[left.count - 1]) <= Int32.max else {
            throw DeeperError(.limitExceeded, "\(a) times \(b): extents beyond 2^31 are not supported")
        }
        let output = stack.dimensions + (isRow ? [] : [m]) + (isColumn ? [] : [n])
        return Extents(
            m: m, n: n, k: left[left.count - 1], aStack: aStack, bStack: bStack, stack: stack,
            output: try DeeperTensors.Shape(validating: output))
    }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        [TensorType(.float32, try extents(inputs.shape(0, .float32), inputs.shape(1, .float32)).output)]
    }

    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        guard let k = inputs[0]?.shape.dimensions.last else { return OperationCount() }
        let sums = outputs[0].shape.elementCount
        return OperationCount(
            macs: saturatingProduct(sums, k), sums: sums, bias: addsBias ? sums : 0,
            activation: saturatingProduct(sums, ending.operationsPerElement))
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let extents = try extents(request.input(0).shape, request.input(1).shape)
        if extents.bStack.elementCount == 1, let weights = request.value(1) {
            let rows = extents.stack.elementCount * extents.m
            let kernel = try denseKernel(
                rows: rows, k: extents.k, n: extents.n, weights: Weights(weights),
                transposed: false, epilogue: Epilogue(bias: try bias(request, extents.n), ending: ending),
                options: request.options)
            return .kernel(kernel, inputs: [0])
        }
        func offsets(_ stack: DeeperTensors.Shape, _ count: Int) -> [Int] {
            let descriptor = TensorDescriptor(TensorType(.float32, stack))
            let strides = descriptor.strides(broadcastTo: extents.stack)
            let own = extents.stack.rowMajorStrides
            return (0..<extents.stack.elementCount).map { index in
                strides.indices.reduce(0) { $0 + index / own[$1] % extents.stack[$1] * strides[$1] } * count
            }
        }
        let kernel = MatMulKernel(
            m: extents.m, n: extents.n, k: extents.k, aOffsets: offsets(extents.aStack, extents.m * extents.k),
            bOffsets: offsets(extents.bStack, extents.k * extents.n), ending: ending, options: request.options)
        return .kernel(kernel, inputs: [0, 1])
    }

    private func bias(_ request: LoweringRequest, _ n: Int) throws -> [Float]? {
        guard addsBias, let values = try request.knownFloats(2) else { return nil }
        return values.count == n ? values : Array(repeating: values[0], count: n)
    }
}
