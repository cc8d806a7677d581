import DeeperGraphs
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

@testable import DeeperExecution
@testable import DeeperPasses

/// What is wrong with the lifetimes of a plan's buffers, which are found anew from what its steps touch.
///
/// The plan says where buffers lie and when they live. Here every byte that a step touches must belong to exactly one
/// buffer that lives at that stage, buffers that live at once must not overlap, and each must begin with a step that
/// writes it and end with the last one that touches it.
func lifetimeFaults(in plan: Plan) -> [String] {
    struct Use {
        var first = Int.max, last = -1, firstWrite = Int.max
    }
    var faults: [String] = []
    var uses: [Int: Use] = [:]
    // What portions of a batch leave to later stages lives while the portions run.
    var stacked: Set<Int> = []
    func range(_ buffer: Int) -> Range<Int> {
        plan.offsets[buffer]..<plan.offsets[buffer] + plan.buffers[buffer].byteCount
    }
    for (number, steps) in plan.stages.enumerated() {
        let stage = plan.scratch[number].stage
        for step in plan.steps[steps] {
            for operand in step.operands where operand.descriptor.type.byteCount > 0 {
                guard case .arena(let start) = operand.location else { continue }
                // A slice ends with its last pixel's channels.
                let gap = operand.descriptor.isDense ? 0 : operand.descriptor.pixelPitch - operand.descriptor.shape[1]
                let pixels = operand.descriptor.shape.elementCount / max(1, operand.descriptor.shape[1])
                let elements = operand.descriptor.shape.elementCount + gap * (pixels - 1)
                let last = operand.portionStride * (step.runCount - 1)
                let bytes = start..<start + last + elements * operand.descriptor.elementType.byteCount
                let owners = plan.buffers.indices.filter {
                    plan.buffers[$0].stages.contains(stage) && range($0).overlaps(bytes)
                }
                guard owners.count == 1, range(owners[0]).contains(bytes.lowerBound),
                    range(owners[0]).upperBound >= bytes.upperBound
                else {
                    faults.append("stage \(stage): \(step.name) touches \(bytes), which is in \(owners.count) buffers")
                    continue
                }
                var use = uses[owners[0]] ?? Use()
                use.first = min(use.first, stage)
                use.last = max(use.last, stage)
                if operand.isWritten { use.firstWrite = min(use.firstWrite, stage) }
                uses[owners[0]] = use
                if operand.portionStride > 0 { stacked.insert(owners[0]) }
            }
        }
    }
    for (index, buffer) in plan.buffers.enumerated() where buffer.byteCount > 0 {
        guard let use = uses[index] else {
            faults.append("buffer \(index) is never touched")
            continue
        }
        if buffer.stages != (stacked.contains(index) ? 0 : use.first)...use.last {
            faults.append(
                "buffer \(index) is said to live in \(buffer.stages), it is used in \(use.first)...\(use.last)")
        }
        if use.firstWrite != use.first { faults.append("buffer \(index) is read before it is written") }
        for other in plan.buffers.indices where other > index && plan.buffers[other].byteCount > 0 {
            if plan.buffers[other].stages.overlaps(buffer.stages), range(other).overlaps(range(index)) {
                faults.append("buffers \(index) and \(other) live at once and overlap")
            }
        }
    }
    return faults
}

@Suite("lifetimes found anew from a plan's steps are those that it was made with") struct LifetimeTests {
    private func faults(_ net: Net, optimizes: Bool) throws -> [String] {
        guard optimizes else { return lifetimeFaults(in: try net.plan(net.graph)) }
        var driver = PassDriver(evaluator: try Evaluator(KernelOptions(.packed)))
        return lifetimeFaults(in: try net.plan(try driver.run(net.graph).graph))
    }

    @Test("networks of Concats", arguments: InPlaceCase.all) func concats(item: InPlaceCase) throws {
        var net = Net()
        try item.build(&net)
        #expect(try faults(net, optimizes: false) == [])
        #expect(try faults(net, optimizes: true) == [])
    }

    @Test("random networks", arguments: 1...(TestTier.runsHeavyTests ? 40 : 8)) func random(seed: Int) throws {
        let net = try RandomNetwork.make(seed: UInt64(seed))
        #expect(try faults(net, optimizes: true) == [])
    }
}
