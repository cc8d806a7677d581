/// How a convolution is taken apart.
public enum ReductionMethod: String, Sendable, CaseIterable {
    /// 1x1 to r channels, then k x k: the channels' singular values.
    case svd
    /// k x 1 to r channels, then 1 x k.
    case spatial
    /// 1x1 to r channels, k x k to r' filters, 1x1 to all: both modes of channels.
    case tucker2

    /// How many ranks a factorisation has.
    public var rankCount: Int { self == .tucker2 ? 2 : 1 }
}
