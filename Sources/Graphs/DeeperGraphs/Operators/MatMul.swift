public import DeeperKernels
public import DeeperTensors

/// ONNX MatMul: matrix products over the last two axes; the other axes are broadcast.
public struct MatMul: ActivatingOperator {
    public static let name = "MatMul"
    public static let inputCount = 2...2

    /// Set by a pass.
    public var ending = Ending.none
    /// Set by a pass: input 2, a constant row of n floats, is added before the activation. Only possible with constant
    /// weights.
    public var addsBias = false

    public init() {}
    public var valueInputs: [Int] { addsBias ? [1, 2] : [] }
    public var summary: String { (addsBias ? "+ bias" : "") + ending.summary }
    public var attributes: [String: AttributeValue]? { [:] }
    public init(_ attributes: inout AttributeReader) throws {}

    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { inputs.computedOnesHaveAllAxes }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        [TensorType(.float32, try StackedProduct(inputs.shape(0, .float32), inputs.shape(1, .float32)).output)]
    }

    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        guard let k = inputs[0]?.shape.dimensions.last else { return OperationCount() }
        let sums = outputs[0].shape.elementCount
        return OperationCount(
            macs: saturatingProduct(sums, k), sums: sums, bias: addsBias ? sums : 0,
            activation: saturatingProduct(sums, ending.operationsPerElement))
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        try StackedProduct(request.input(0).shape, request.input(1).shape).lower(
            request, bias: addsBias ? try request.knownFloats(2) : nil, ending: ending)
    }
}
