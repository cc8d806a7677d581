import DeeperKernels

/// ONNX ReduceLogSumExp: the logarithm of the sum of exponentials over some axes, or all.
struct ReduceLogSumExp: ReduceOperator {
    static let name = "ReduceLogSumExp"
    static let reduction = Reduction.logSumExp
    static let axesInputOpset = 18
    let form: ReduceForm
}
