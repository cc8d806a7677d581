import DeeperKernels

/// ONNX CumProd: the product of all elements up to each along an axis.
struct CumProd: CumulativeOperator {
    static let name = "CumProd"
    static let firstOpset = 26
    static let operation = ScanKernel.Operation.product
    let form: CumulativeForm
}
