/// A method of factoring a convolution.
public enum ReductionMethod: String, Sendable, CaseIterable {
    /// 1x1 to r channels, then k x k: a singular value decomposition over the input channels.
    case svd
    /// k x 1 to r channels, then 1 x k.
    case spatial
    /// 1x1 to r channels, k x k to r' filters, 1x1 to all filters: a factorisation over input and output channels.
    case tucker2

    /// The number of ranks of a factorisation.
    public var rankCount: Int { self == .tucker2 ? 2 : 1 }
}
