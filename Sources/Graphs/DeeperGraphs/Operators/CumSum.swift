import DeeperKernels

/// ONNX CumSum: the sum of all elements up to each along an axis.
struct CumSum: CumulativeOperator {
    static let name = "CumSum"
    static let firstOpset = 11
    static let operation = ScanKernel.Operation.sum
    let form: CumulativeForm
}
