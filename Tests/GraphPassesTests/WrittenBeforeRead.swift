import DeeperGraphs
import DeeperKernels
import DeeperTensors
import Testing

@testable import DeeperExecution

/// What a plan reads without having written it, derived from its steps alone, byte by byte, in the order of its stages.
/// The steps of one stage run concurrently: none may read what another one of them writes.
func unwrittenReads(in plan: Plan) -> [String] {
    var arena = [Int?](repeating: nil, count: plan.arenaByteCount)
    var outputs = Set<Int>()
    var found: [String] = []
    for (number, stage) in plan.stages.enumerated() {
        for step in plan.steps[stage] {
            for (place, operand) in step.operands.enumerated() where operand.isRead {
                guard case .arena(let start) = operand.location else { continue }
                let bytes = byteRanges(operand.descriptor)
                if bytes.contains(where: { $0.contains { start + $0 >= arena.count || arena[start + $0] == nil } }) {
                    found.append("stage \(number): \(step.name) (\(step.operatorName)) reads operand \(place)")
                }
            }
        }
        for step in plan.steps[stage] {
            for operand in step.operands where operand.isWritten {
                switch operand.location {
                case .arena(let start):
                    for portion in 0..<(operand.portionStride > 0 ? step.runCount : 1) {
                        for range in byteRanges(operand.descriptor) {
                            for byte in range { arena[start + portion * operand.portionStride + byte] = number }
                        }
                    }
                case .output(let index): outputs.insert(index)
                default: break
                }
            }
        }
        // What is no longer needed may be overwritten: its bytes are not what they were.
        for (buffer, offset) in zip(plan.buffers, plan.offsets)
        where buffer.stages.upperBound == plan.scratch[number].stage {
            for byte in offset..<offset + buffer.byteCount { arena[byte] = nil }
        }
    }
    found += plan.outputs.indices.filter { !outputs.contains($0) }.map {
        "output \(plan.outputs[$0].name) is not written"
    }
    return found
}

/// The bytes that a value covers, from its first one on.
private func byteRanges(_ descriptor: TensorDescriptor) -> [Range<Int>] {
    let size = descriptor.elementType.byteCount
    guard !descriptor.isDense else { return [0..<descriptor.type.byteCount] }
    let channels = descriptor.shape[1]
    let pixels = channels == 0 ? 0 : descriptor.shape.elementCount / channels
    return (0..<pixels).map { pixel in
        let first = pixel * descriptor.pixelPitch * size
        return first..<first + channels * size
    }
}

extension Net {
    /// The plan of a graph for this net's inputs.
    func plan(_ graph: Graph, workers: Int = 1) throws -> Plan {
        let types = try graph.bind(inputs.mapValues { TensorType($0.elementType, $0.shape) })
        return try Planner.plan(graph, inputs: types, options: try KernelOptions(.packed), threads: workers)
    }
}
