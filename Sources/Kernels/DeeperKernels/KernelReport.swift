public import DeeperTensors

/// A description of a kernel, which `deeper plan`, `deeper kernels` and profiles show. It does not affect any
/// computation.
public struct KernelReport: Sendable {
    /// How the operator was lowered: "1x1 GEMM", "im2col + GEMM", "copy" ...
    public var lowering: String
    /// The provider, if a matrix product is involved.
    public var provider: String?
    /// The reason for the lowering; nil if there was no choice.
    public var reason: String?
    /// The bytes of weights that the kernel keeps in its own form.
    public var preparedByteCount: Int
    /// The convolution that the kernel computes, if it is one.
    public var convolution: ConvolutionShape?
    /// The type that the convolution multiplies: float32, or int16 or 8-bit numbers, as they are in registers.
    public var multiplied: ElementType

    public init(
        _ lowering: String, provider: String? = nil, reason: String? = nil, preparedByteCount: Int = 0,
        convolution: ConvolutionShape? = nil, multiplied: ElementType = .float32
    ) {
        self.lowering = lowering
        self.provider = provider
        self.reason = reason
        self.preparedByteCount = preparedByteCount
        self.convolution = convolution
        self.multiplied = multiplied
    }
}

/// A kernel that can count the operations that it executes, if the options require it.
public protocol MeteredKernel: Kernel {
    var meter: OperationMeter? { get }
}

/// A kernel that consists of other kernels.
protocol CompositeKernel: Kernel {
    var components: [any Kernel] { get }
}

/// A kernel that can be joined with the kernel that makes its operand 0.
public protocol JoiningKernel: Kernel {
    /// A kernel that computes operand 0 of this one band by band with `producer` instead of reading it. The producer's
    /// operands replace operand 0. Nil if there is no such kernel or it would be slower.
    func following(_ producer: any Kernel) -> (any Kernel)?
}

extension Kernel {
    /// The kernels that this one consists of, or the kernel itself.
    public var parts: [any Kernel] { (self as? any CompositeKernel)?.components ?? [self] }
}
