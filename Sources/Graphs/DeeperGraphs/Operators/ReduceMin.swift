import DeeperKernels

/// ONNX ReduceMin: the smallest element over some axes, or all.
struct ReduceMin: ReduceOperator {
    static let name = "ReduceMin"
    static let reduction = Reduction.minimum
    static let axesInputOpset = 18
    let form: ReduceForm
}
