import DeeperTensors

/// ONNX Runtime's FusedMatMul (com.microsoft): alpha A' B', where ' optionally exchanges the last two axes.
struct FusedMatMul: Operator {
    static let name = "FusedMatMul"
    static let inputCount = 2...2
    private let alpha: Float
    private let aTransposed: Bool
    private let bTransposed: Bool

    init(_ attributes: inout AttributeReader) throws {
        alpha = try attributes.float("alpha", default: 1)
        aTransposed = try attributes.flag("transA")
        bTransposed = try attributes.flag("transB")
        for name in ["transBatchA", "transBatchB"] where try attributes.flag(name) {
            throw DeeperError(.unsupported, "FusedMatMul with \(name)")
        }
    }

    private func product(_ a: DeeperTensors.Shape, _ b: DeeperTensors.Shape) throws -> StackedProduct {
        try StackedProduct(a, b, aTransposed: aTransposed, bTransposed: bTransposed)
    }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { inputs.computedOnesHaveAllAxes }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        [TensorType(.float32, try product(inputs.shape(0, .float32), inputs.shape(1, .float32)).output)]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        guard let a = inputs[0]?.shape, a.rank > 0 else { return OperationCount() }
        let k = aTransposed && a.rank > 1 ? a[a.rank - 2] : a[a.rank - 1]
        let sums = outputs[0].shape.elementCount
        return OperationCount(
            macs: saturatingProduct(sums, k), sums: sums, elementwise: alpha == 1 ? 0 : sums)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        try product(request.input(0).shape, request.input(1).shape).lower(request, alpha: alpha)
    }
}
