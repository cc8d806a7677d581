import DeeperKernels

/// ONNX ReduceMax: the largest element over some axes, or all.
struct ReduceMax: ReduceOperator {
    static let name = "ReduceMax"
    static let reduction = Reduction.maximum
    static let axesInputOpset = 18
    let form: ReduceForm
}
