import DeeperKernels

/// ONNX ReduceL2: the square root of the sum of squares over some axes, or all.
struct ReduceL2: ReduceOperator {
    static let name = "ReduceL2"
    static let reduction = Reduction.norm
    static let axesInputOpset = 18
    let form: ReduceForm
}
