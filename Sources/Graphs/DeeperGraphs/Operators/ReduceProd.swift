import DeeperKernels

/// ONNX ReduceProd: the product over some axes, or all.
struct ReduceProd: ReduceOperator {
    static let name = "ReduceProd"
    static let reduction = Reduction.product
    static let axesInputOpset = 18
    let form: ReduceForm
}
