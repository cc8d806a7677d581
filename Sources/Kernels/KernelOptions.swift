internal import Tensors

/// What all kernels of a plan share: the provider of matrix products and the SIMD variant.
public struct KernelOptions: Sendable {
    public let gemm: any GemmProvider
    public let instructionSet: InstructionSet

    /// - Throws: `unsupported` if this CPU lacks `instructionSet`.
    public init(gemm: any GemmProvider, instructionSet: InstructionSet = .best) throws {
        guard InstructionSet.available.contains(instructionSet) else {
            let names = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
            throw DeeperError(
                .unsupported, "instruction set \(instructionSet.rawValue) is not available here; available: \(names)")
        }
        self.gemm = gemm
        self.instructionSet = instructionSet
    }
}

/// The range that a fused activation clamps to: ReLU is 0...inf, Clip its bounds, none is -inf...inf.
public struct ClampRange: Sendable, Hashable {
    public var lower: Float
    public var upper: Float

    public init(lower: Float, upper: Float) {
        self.lower = lower
        self.upper = upper
    }

    public static let unbounded = ClampRange(lower: -.infinity, upper: .infinity)
    public static let relu = ClampRange(lower: 0, upper: .infinity)

    /// The clamp that equals this one followed by `next`.
    public func followed(by next: ClampRange) -> ClampRange {
        let clampedLower = Swift.min(Swift.max(lower, next.lower), next.upper)
        let clampedUpper = Swift.min(Swift.max(upper, next.lower), next.upper)
        return ClampRange(lower: clampedLower, upper: clampedUpper)
    }
}
