internal import Graphs
internal import Kernels
public import Tensors

/// SplitMix64: the same numbers for the same seed on every system.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension Model {
    /// Inputs for trying a model out: float32 uniform in 0..<1, integers 0, open dimensions as the
    /// network can take them (the first: `batch`).
    ///
    /// - Throws: `invalidInput` if an input declares no shape.
    public func seededInputs(batch: Int = 1, seed: UInt64 = 1) throws -> [String: Tensor] {
        var generator = SeededGenerator(seed: seed)
        var result: [String: Tensor] = [:]
        let types = try graph.plausibleTypes(batch: batch, options: KernelOptions(gemm: ReferenceGemm()))
        for input in graph.inputs {
            guard let type = types[input.value] else { continue }
            guard type.shape.elementCount <= 1 << 31 else {
                throw DeeperError(
                    .limitExceeded, "input \"\(graph.name(of: input.value))\" \(type) is too large to make up"
                )
                .within(source)
            }
            if type.elementType == .float32 {
                let values = (0..<type.shape.elementCount).map { _ in Float(generator.next() >> 40) / Float(1 << 24) }
                result[graph.name(of: input.value)] = try Tensor(values, shape: type.shape)
            } else {
                result[graph.name(of: input.value)] = try Tensor(type.elementType, shape: type.shape)
            }
        }
        return result
    }
}
