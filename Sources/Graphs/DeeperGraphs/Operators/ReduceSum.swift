import DeeperKernels

/// ONNX ReduceSum: the sum over some axes, or all.
struct ReduceSum: ReduceOperator {
    static let name = "ReduceSum"
    static let reduction = Reduction.sum
    static let axesInputOpset = 13
    let form: ReduceForm
}
