public import DeeperGraphs

/// The meaning of "operations" in a network's totals. It is always named, because published tables mix up the meanings.
public enum CountingConvention: String, Sendable, CaseIterable, Codable {
    /// Multiply-accumulates of convolutions and matrix products, including those of 8-bit numbers; nothing else counts.
    case macs
    /// Two FLOPs per multiply-accumulate of floating-point numbers: the first product is added to the bias or to zero.
    case flops
    /// `flops`, plus every operation of activations, poolings, normalisations, softmax and arithmetic.
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
