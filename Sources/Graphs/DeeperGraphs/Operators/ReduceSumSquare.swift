import DeeperKernels

/// ONNX ReduceSumSquare: the sum of squares over some axes, or all.
struct ReduceSumSquare: ReduceOperator {
    static let name = "ReduceSumSquare"
    static let reduction = Reduction.squareSum
    static let axesInputOpset = 18
    let form: ReduceForm
}
