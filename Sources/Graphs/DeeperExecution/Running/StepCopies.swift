internal import DeeperKernels
internal import DeeperTensors

/// A copy for every step of a plan that only moves or combines its operands: of half as many bytes as the step moves,
/// as a copy reads and writes each. What a profile compares the step's time with.
///
/// In a run with copies, each takes place just before its step, on the same workers. It reads the operands where the
/// step before left them, so that it finds the caches as its step does in a run without copies; and neither run shows
/// traces of the other's measurements. Copies write to one block of memory, which nothing but profiles reserves.
public final class StepCopies: Sendable {
    private struct Copy {
        let sources: [OperandCopyKernel.Source]
        let byteCount: Int
    }

    private let copies: [Copy?]
    private let target: AlignedStorage
    /// As in an arena of some size, large pages count.
    private static let leastByteCount = 8 << 20

    /// - Throws: `limitExceeded` if memory is refused.
    public init(_ plan: Plan) throws {
        copies = plan.steps.map { step in
            let byteCount = step.movedByteCount / 2
            guard !step.multiplies, byteCount > 0, !step.copySources.isEmpty else { return nil }
            return Copy(sources: step.copySources, byteCount: byteCount)
        }
        let most = copies.lazy.compactMap(\.?.byteCount).max() ?? 0
        target = try AlignedStorage(byteCount: max(most, StepCopies.leastByteCount))
    }

    /// Whether a step has a copy.
    public func hasCopy(ofStep step: Int) -> Bool { copies[step] != nil }

    var stepCount: Int { copies.count }

    /// A step's copy; nil for a step that multiplies or moves nothing.
    func kernel(ofStep step: Int) -> OperandCopyKernel? {
        copies[step].map { OperandCopyKernel($0.sources, byteCount: $0.byteCount, to: target) }
    }
}
