import DeeperKernels

/// ONNX ReduceL1: the sum of absolute values over some axes, or all.
struct ReduceL1: ReduceOperator {
    static let name = "ReduceL1"
    static let reduction = Reduction.absoluteSum
    static let axesInputOpset = 18
    let form: ReduceForm
}
