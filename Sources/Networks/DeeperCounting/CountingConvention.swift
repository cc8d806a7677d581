public import DeeperGraphs

/// What "operations" means when a network's are summed up: always named, for tables of the field mix them up.
public enum CountingConvention: String, Sendable, CaseIterable, Codable {
    /// Multiply-accumulates of convolutions and matrix products, those of 8-bit numbers among them; nothing else counts.
    case macs
    /// Two FLOPs a multiply-accumulate of floating-point numbers: the bias, or zero, is what the first product is added to.
    case flops
    /// `flops` and every operation of activations, poolings, normalisations, softmax and arithmetic.
    case flopsAndElementwise = "flops+elementwise"

    public func count(_ operations: OperationCount) -> Int {
        let flops = saturatingProduct(2, operations.macs - operations.integerMacs)
        switch self {
        case .macs: return operations.macs
        case .flops: return flops
        case .flopsAndElementwise:
            return saturatingSum([
                flops, operations.activation, operations.pooling, operations.normalization, operations.softmax,
                operations.elementwise,
            ])
        }
    }

    /// "MACs", "FLOPs" ...
    public var unit: String {
        switch self {
        case .macs: "MACs"
        case .flops: "FLOPs"
        case .flopsAndElementwise: "FLOPs with elementwise"
        }
    }
}
