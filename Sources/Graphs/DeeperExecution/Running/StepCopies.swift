internal import DeeperKernels
internal import DeeperTensors

/// Memory copies that a profile compares step times with: one for every step of a plan that only moves or combines its
/// operands. A copy handles half as many bytes as the step moves, because it both reads and writes each.
///
/// In a run with copies, each copy runs just before its step, on the same workers. It reads the operands where the
/// previous step left them, so that it finds the caches in the same state as its step does in a run without copies, and
/// the two runs do not disturb each other's measurements. All copies write to one block of memory, which only profiles
/// reserve.
public final class StepCopies: Sendable {
    private struct Copy {
        let sources: [OperandCopyKernel.Source]
        let byteCount: Int
    }

    private let copies: [Copy?]
    private let target: AlignedStorage
    /// Large enough for large pages, which an arena of some size has too.
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
