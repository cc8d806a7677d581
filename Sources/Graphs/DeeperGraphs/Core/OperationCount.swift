/// The number of scalar operations that a node computes in one run, by their purpose. Counts saturate at `Int.max`.
///
/// A multiplication, an addition, a comparison, a division and a function such as exp or a power count as one each. Of
/// a pooling window, only elements inside the picture count; products with a convolution's zero padding do count, as is
/// usual in the literature. docs/operation-counts.md has the definitions.
public struct OperationCount: Sendable, Hashable {
    /// Multiply-accumulates: a multiplication whose product goes into a sum. These are not FLOPs: each MAC is two
    /// FLOPs.
    public var macs = 0
    /// The part of ``macs`` that multiplies 8-bit numbers and sums in int32: integer operations, not FLOPs.
    public var integerMacs = 0
    /// The number of sums that the products are added to; the first product of each sum needs no addition.
    public var sums = 0
    /// Additions of biases.
    public var bias = 0
    public var activation = 0
    public var pooling = 0
    /// Batch, instance and local response normalisation.
    public var normalization = 0
    public var softmax = 0
    /// Arithmetic and functions of whole tensors, reductions and interpolation.
    public var elementwise = 0

    public init(
        macs: Int = 0, integerMacs: Int = 0, sums: Int = 0, bias: Int = 0, activation: Int = 0, pooling: Int = 0,
        normalization: Int = 0,
        softmax: Int = 0, elementwise: Int = 0
    ) {
        self.macs = macs
        self.integerMacs = integerMacs
        self.sums = sums
        self.bias = bias
        self.activation = activation
        self.pooling = pooling
        self.normalization = normalization
        self.softmax = softmax
        self.elementwise = elementwise
    }

    /// Multiplications of the products.
    public var multiplications: Int { macs }
    /// Additions of the products, without biases.
    public var additions: Int { max(0, macs - sums) }

    public static func + (a: OperationCount, b: OperationCount) -> OperationCount {
        func sum(_ part: KeyPath<OperationCount, Int>) -> Int { saturatingSum([a[keyPath: part], b[keyPath: part]]) }
        return OperationCount(
            macs: sum(\.macs), integerMacs: sum(\.integerMacs), sums: sum(\.sums), bias: sum(\.bias),
            activation: sum(\.activation),
            pooling: sum(\.pooling), normalization: sum(\.normalization), softmax: sum(\.softmax),
            elementwise: sum(\.elementwise))
    }
}
