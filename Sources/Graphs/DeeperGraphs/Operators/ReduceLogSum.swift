import DeeperKernels

/// ONNX ReduceLogSum: the logarithm of the sum over some axes, or all.
struct ReduceLogSum: ReduceOperator {
    static let name = "ReduceLogSum"
    static let reduction = Reduction.logSum
    static let axesInputOpset = 18
    let form: ReduceForm
}
