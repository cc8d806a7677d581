import DeeperKernels

/// ONNX ReduceMean: the mean over some axes, or all.
struct ReduceMean: ReduceOperator {
    static let name = "ReduceMean"
    static let reduction = Reduction.mean
    static let axesInputOpset = 18
    let form: ReduceForm
}
