import Graphs
import Kernels
import Tensors

/// Collects the steps of a plan, its buffers and their lifetimes.
struct StepBuilder {
    private struct Draft {
        var name: String
        var operatorName: String
        var kernel: any Kernel
        var operands: [Operand]
        var macCount: Int
        var outputType: TensorType
    }

    private enum Operand {
        case place(Place.Location)
        case output(Int)
    }

    /// Where a step writes: into the plan's memory or to the caller.
    enum Destination {
        case place(Place.Location)
        case output(Int)
    }

    private var drafts: [Draft] = []
    private var buffers: [(byteCount: Int, first: Int?, last: Int)] = []
    private var constants: [Tensor] = []

    /// A place for a constant.
    mutating func constant(_ tensor: Tensor) -> Place {
        constants.append(tensor)
        return Place(.constant(constants.count - 1), TensorDescriptor(TensorType(tensor.elementType, tensor.shape)))
    }

    /// A place for an output: its own buffer, or its slice of a wider value's.
    mutating func materialise(_ target: Target) -> Place {
        if let existing = target.existing {
            return Place(existing.advanced(by: target.byteOffset), target.descriptor)
        }
        buffers.append(((target.root?.type ?? target.descriptor.type).byteCount, nil, 0))
        return Place(.buffer(buffers.count - 1, byteOffset: target.byteOffset), target.descriptor)
    }

    mutating func add(
        _ kernel: any Kernel, named name: String, _ operatorName: String, reads: [Place], writes: [Destination],
        _ outputType: TensorType, macs: Int = 0
    ) {
        let step = drafts.count
        var operands: [Operand] = reads.map { .place($0.location) }
        for write in writes {
            switch write {
            case .place(let location): operands.append(.place(location))
            case .output(let index): operands.append(.output(index))
            }
        }
        for case .place(.buffer(let index, _)) in operands {
            buffers[index].first = buffers[index].first ?? step
            buffers[index].last = step
        }
        drafts.append(
            Draft(
                name: name, operatorName: operatorName, kernel: kernel, operands: operands, macCount: macs,
                outputType: outputType))
    }

    /// Places all buffers in the arena. Constants that no step reads are dropped.
    func finish(inputs: [Plan.Port], outputs: [Plan.Port], fixedInputs: [Int: Tensor]) -> Plan {
        let lifetimes = buffers.map { buffer in
            BufferLifetime(
                byteCount: buffer.first == nil ? 0 : buffer.byteCount,
                steps: (buffer.first ?? 0)...max(buffer.last, buffer.first ?? 0))
        }
        let memory = planMemory(lifetimes)
        var used: [Int: Int] = [:]
        var kept: [Tensor] = []
        func locate(_ operand: Operand) -> Plan.Location {
            switch operand {
            case .output(let index): return .output(index)
            case .place(.input(let index)): return .input(index)
            case .place(.buffer(let index, let offset)): return .arena(memory.offsets[index] + offset)
            case .place(.constant(let index)):
                if let known = used[index] { return .constant(known) }
                used[index] = kept.count
                kept.append(constants[index])
                return .constant(kept.count - 1)
            }
        }
        let steps = drafts.map { draft in
            Plan.Step(
                name: draft.name, operatorName: draft.operatorName, kernel: draft.kernel,
                operands: draft.operands.map(locate), macCount: draft.macCount, outputType: draft.outputType)
        }
        return Plan(
            steps: steps, inputs: inputs, outputs: outputs, constants: kept, memory: memory, buffers: lifetimes,
            fixedInputs: fixedInputs)
    }
}

extension SliceRoot {
    /// The whole value's place, given the place of one of its slices.
    func place(in slice: Place, byteOffset: Int) -> Place {
        Place(slice.location.advanced(by: -byteOffset), TensorDescriptor(type, .channelsLast))
    }
}
