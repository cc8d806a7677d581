public import DeeperTensors

/// What `deeper plan`, `deeper kernels` and profiles show of a kernel; nothing is computed by it.
public struct KernelReport: Sendable {
    /// How the operator was lowered: "1x1 GEMM", "im2col + GEMM", "copy" ...
    public var lowering: String
    /// Who multiplies, where a matrix product is involved.
    public var provider: String?
    /// Why it was lowered so; nil where there was no choice.
    public var reason: String?
    /// Bytes of weights that the kernel keeps in its own form.
    public var preparedByteCount: Int
    /// The convolution that the kernel computes, if it is one.
    public var convolution: ConvolutionShape?
    /// What the convolution multiplies: float32, or int16 or 8-bit numbers, in the form in which registers have them.
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

/// A kernel that counts what it executes, where the options asked for it.
public protocol MeteredKernel: Kernel {
    var meter: OperationMeter? { get }
}

/// A kernel that is made of others.
protocol CompositeKernel: Kernel {
    var components: [any Kernel] { get }
}

/// A kernel that may make its operand 0 itself.
public protocol JoiningKernel: Kernel {
    /// A kernel that computes operand 0 of this one, band by band, by `producer` instead of reading it; what the producer
    /// reads takes the operand's place. Nil where there is none or it would be slower.
    func following(_ producer: any Kernel) -> (any Kernel)?
}

extension Kernel {
    /// The kernels that this one is made of, itself if of none.
    public var parts: [any Kernel] { (self as? any CompositeKernel)?.components ?? [self] }
}
