import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Collects the steps of a plan, its buffers and their lifetimes.
struct StepBuilder {
    private struct Draft {
        var name: String
        var operatorName: String
        var kernel: any Kernel
        var operands: [Operand]
        var readCount: Int
        var updateCount: Int
        var stage: Int
        var macCount: Int
        var outputType: TensorType
    }

    private struct Buffer {
        var byteCount: Int
        /// The number of step operands that are in the buffer.
        var userCount = 0
        /// The stages that touch the buffer.
        var stages: ClosedRange<Int>?
        /// Whether the buffer holds the data of all portions of the batch, one after the other.
        var isStacked = false
        /// The last stage that writes to each slice, and the last that reads it.
        var written: [Range<Int>: Int] = [:]
        var read: [Range<Int>: Int] = [:]

        static func last(_ accesses: [Range<Int>: Int], in slice: Range<Int>) -> Int {
            accesses.reduce(-1) { $1.key.overlaps(slice) ? max($0, $1.value) : $0 }
        }
    }

    private struct Operand {
        enum Location: Equatable {
            case place(Place.Location)
            case output(Int)
        }

        var location: Location
        var descriptor: TensorDescriptor

        /// The buffer that contains the operand, if any.
        var buffer: Int? {
            guard case .place(.buffer(let index, _)) = location else { return nil }
            return index
        }
    }

    /// Where a step writes: to the plan's memory or, row-major, to the caller's.
    enum Destination {
        case place(Access)
        case output(Int, TensorType)
    }

    /// A place that a step touches, and which part of every pixel of its buffer, in bytes.
    struct Access {
        var location: Place.Location
        var descriptor: TensorDescriptor
        var slice = 0..<Int.max

        init(location: Place.Location, descriptor: TensorDescriptor, slice: Range<Int> = 0..<Int.max) {
            self.location = location
            self.descriptor = descriptor
            self.slice = slice
        }

        init(_ place: Place) { self.init(location: place.location, descriptor: place.descriptor) }
    }

    private var drafts: [Draft] = []
    private var buffers: [Buffer] = []
    private var constants: [Tensor] = []
    /// The first step and the first stage that compute the whole batch.
    private var firstWhole = (draft: 0, stage: 0)
    /// How often the steps before `firstWhole` run.
    private var portionCount = 1

    /// Makes all steps so far run once for each portion of a batch, and all later steps after them.
    ///
    /// - Parameter stacked: the places that later steps read, or write to. Their buffers grow to hold all portions.
    mutating func endPortions(_ count: Int, stacking stacked: some Sequence<Place.Location>) {
        precondition(portionCount == 1)
        firstWhole = (drafts.count, 1 + (drafts.lazy.map(\.stage).max() ?? -1))
        portionCount = count
        for case .buffer(let index, _) in stacked { buffers[index].isStacked = true }
    }

    /// The size in bytes of the buffer that contains a place.
    func byteCount(ofBufferAt place: Place.Location) -> Int? {
        guard case .buffer(let index, _) = place else { return nil }
        return buffers[index].byteCount
    }

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
        buffers.append(Buffer(byteCount: (target.root?.type ?? target.descriptor.type).byteCount))
        return Place(.buffer(buffers.count - 1, byteOffset: target.byteOffset), target.descriptor)
    }

    /// Adds a step.
    ///
    /// - Parameters:
    ///   - reads, writes: places of buffers, whole unless the step works on slices of channels (see `Access`).
    ///   - updates: what the step reads and writes back; these operands come between reads and writes.
    ///   - notBefore: the earliest stage, for a step that could run long before its result is needed.
    /// - Returns: the step's stage.
    @discardableResult
    mutating func add(
        _ kernel: any Kernel, named name: String, _ operatorName: String, reads: [Access], updates: [Access] = [],
        writes: [Destination], _ outputType: TensorType, macs: Int = 0, notBefore: Int = 0
    ) -> Int {
        // The first stage in which all that it reads is ready. Writers of one buffer write different slices, in any
        // order.
        var stage = max(notBefore, firstWhole.stage)
        for read in reads {
            guard case .buffer(let index, _) = read.location else { continue }
            stage = max(stage, 1 + Buffer.last(buffers[index].written, in: read.slice))
        }
        for update in updates {
            guard case .buffer(let index, _) = update.location else { continue }
            stage = max(
                stage, 1 + Buffer.last(buffers[index].written, in: update.slice),
                1 + Buffer.last(buffers[index].read, in: update.slice))
        }
        var operands = (reads + updates).map {
            Operand(location: .place($0.location), descriptor: $0.descriptor)
        }
        for read in reads {
            guard case .buffer(let index, _) = read.location else { continue }
            buffers[index].read[read.slice] = max(buffers[index].read[read.slice] ?? -1, stage)
        }
        func noteWrite(_ access: Access) {
            guard case .buffer(let index, _) = access.location else { return }
            buffers[index].written[access.slice] = max(buffers[index].written[access.slice] ?? -1, stage)
        }
        for update in updates { noteWrite(update) }
        for write in writes {
            switch write {
            case .place(let access):
                operands.append(Operand(location: .place(access.location), descriptor: access.descriptor))
                noteWrite(access)
            case .output(let index, let type):
                operands.append(Operand(location: .output(index), descriptor: TensorDescriptor(type)))
            }
        }
        for index in operands.compactMap(\.buffer) {
            buffers[index].userCount += 1
            let known = buffers[index].stages ?? stage...stage
            buffers[index].stages = min(known.lowerBound, stage)...max(known.upperBound, stage)
        }
        drafts.append(
            Draft(
                name: name, operatorName: operatorName, kernel: kernel, operands: operands,
                readCount: reads.count, updateCount: updates.count, stage: stage, macCount: macs,
                outputType: outputType))
        return stage
    }

    /// The stage after the last one that writes to a place.
    func readyStage(of access: Access) -> Int {
        guard case .buffer(let index, _) = access.location else { return 0 }
        return 1 + Buffer.last(buffers[index].written, in: access.slice)
    }

    /// A step that was removed because another one now also does its computation.
    struct Joined {
        /// The kernel that computes both steps.
        let kernel: any Kernel
        /// What the removed step read.
        let sources: [Access]
        let name: String
        let operatorName: String
        let macs: Int
    }

    /// Joins `kernel` with the step that wrote `place`, and removes that step. Returns nil where the two cannot be
    /// joined, for example because the place's buffer has a second writer or a reader.
    ///
    /// - Precondition: no later step reads the buffer either.
    mutating func join(
        _ kernel: any Kernel, reading place: Place.Location
    ) -> Joined? {
        guard let kernel = kernel as? any JoiningKernel, let index = onlyUser(of: place),
            drafts[index].updateCount == 0, drafts[index].operands.count == drafts[index].readCount + 1,
            drafts[index].operands.last?.location == .place(place),
            let joined = kernel.following(drafts[index].kernel)
        else { return nil }
        let sources = drafts[index].operands.dropLast().compactMap { operand -> Access? in
            guard case .place(let source) = operand.location else { return nil }
            return Access(location: source, descriptor: operand.descriptor)
        }
        guard sources.count == drafts[index].readCount else { return nil }
        let draft = drafts.remove(at: index)
        for buffer in draft.operands.compactMap(\.buffer) { buffers[buffer].userCount -= 1 }
        if let buffer = draft.operands.last?.buffer { buffers[buffer].stages = nil }
        return Joined(
            kernel: joined, sources: sources, name: draft.name, operatorName: draft.operatorName, macs: draft.macCount)
    }

    /// Makes the step that wrote `place`, row-major, write to an output instead. Returns false where the place's buffer
    /// holds more than what that step wrote, or has a reader.
    mutating func redirect(_ place: Place.Location, toOutput output: Int) -> Bool {
        guard case .buffer(let buffer, byteOffset: 0) = place, let index = onlyUser(of: place),
            let operand = drafts[index].operands.lastIndex(where: { $0.location == .place(place) }),
            operand >= drafts[index].readCount + drafts[index].updateCount,
            drafts[index].operands[operand].descriptor.type.byteCount == buffers[buffer].byteCount
        else { return false }
        drafts[index].operands[operand].location = .output(output)
        buffers[buffer].userCount = 0
        buffers[buffer].stages = nil
        return true
    }

    /// The step that wrote a place, if no other operand of any step is in its buffer.
    private func onlyUser(of place: Place.Location) -> Int? {
        guard case .buffer(let buffer, _) = place, buffers[buffer].userCount == 1 else { return nil }
        return drafts.lastIndex { $0.operands.contains { $0.buffer == buffer } }.flatMap {
            $0 < firstWhole.draft ? nil : $0
        }
    }

    /// Places all buffers in the arena. Constants that no step reads are dropped.
    func finish(inputs: [Plan.Port], outputs: [Plan.Port], fixedInputs: [Int: Tensor], stateCount: Int = 0)
        throws -> Plan
    {
        // The largest first: the last steps of a stage should be small, or the other workers wait for one of them.
        let order = drafts.indices.sorted {
            (drafts[$0].stage, -drafts[$0].macCount, $0) < (drafts[$1].stage, -drafts[$1].macCount, $1)
        }
        var stages: [Range<Int>] = []
        for (place, index) in order.enumerated() {
            if place > 0, drafts[order[place - 1]].stage == drafts[index].stage {
                stages[stages.count - 1] = stages[stages.count - 1].lowerBound..<place + 1
            } else {
                stages.append(place..<place + 1)
            }
        }
        let scratch = stages.map { stage in
            let bytes = order[stage].lazy.map { drafts[$0].kernel.scratchByteCount }.max() ?? 0
            return Plan.Scratch(stage: drafts[order[stage.lowerBound]].stage, byteCount: aligned(bytes))
        }
        let lifetimes = buffers.map { buffer -> BufferLifetime in
            guard let stages = buffer.stages else { return BufferLifetime(byteCount: 0, stages: 0...0) }
            return buffer.isStacked
                ? BufferLifetime(byteCount: buffer.byteCount * portionCount, stages: 0...stages.upperBound)
                : BufferLifetime(byteCount: buffer.byteCount, stages: stages)
        }
        let (memory, portions) = placeBuffers(lifetimes, scratch)
        var used: [Int: Int] = [:]
        var kept: [Tensor] = []
        func locate(_ operand: Operand) throws -> Plan.Location {
            switch operand.location {
            case .output(let index): return .output(index)
            case .place(.input(let index)): return .input(index)
            case .place(.state(let index, let offset)): return .state(index, offset: offset)
            case .place(.buffer(let index, let offset)): return .arena(memory.offsets[index] + offset)
            case .place(.constant(let index)):
                if let known = used[index] { return .constant(known) }
                used[index] = kept.count
                kept.append(try constants[index].inMemory())
                return .constant(kept.count - 1)
            }
        }
        let steps = try order.map { index in
            let draft = drafts[index]
            let isPortioned = draft.stage < firstWhole.stage
            let operands = try draft.operands.enumerated().map { place, operand in
                Plan.Operand(
                    location: try locate(operand), descriptor: operand.descriptor,
                    isRead: place < draft.readCount + draft.updateCount, isWritten: place >= draft.readCount,
                    portionStride: isPortioned ? portionStride(operand) : 0)
            }
            return Plan.Step(
                name: draft.name, operatorName: draft.operatorName, kernel: draft.kernel,
                operands: operands, macCount: saturatingProduct(draft.macCount, isPortioned ? portionCount : 1),
                runCount: isPortioned ? portionCount : 1, outputType: draft.outputType)
        }
        return Plan(
            steps: steps, stages: stages, inputs: inputs, outputs: outputs, constants: kept, memory: memory,
            buffers: lifetimes, scratch: scratch, portions: portions, fixedInputs: fixedInputs, stateCount: stateCount)
    }

    /// The distance in bytes between the data of two successive portions in an operand. It is not zero for the caller's
    /// tensors and stacked buffers, which hold the whole batch.
    private func portionStride(_ operand: Operand) -> Int {
        switch operand.location {
        case .output, .place(.input): operand.descriptor.type.byteCount
        case .place(.buffer(let index, _)): buffers[index].isStacked ? buffers[index].byteCount : 0
        case .place: 0
        }
    }

    /// Places buffers in one arena. The buffers of one portion form a block together with the scratch of its stages, so
    /// that every worker can have such a block.
    private func placeBuffers(_ lifetimes: [BufferLifetime], _ scratch: [Plan.Scratch]) -> (
        memory: MemoryPlan, portions: Plan.Portions?
    ) {
        let stageCount = scratch.lazy.filter { $0.stage < firstWhole.stage }.count
        guard stageCount > 0 else { return (planMemory(lifetimes), nil) }
        func isInBlock(_ index: Int) -> Bool {
            !buffers[index].isStacked && lifetimes[index].stages.lowerBound < firstWhole.stage
        }
        let inside = lifetimes.indices.map {
            isInBlock($0) ? lifetimes[$0] : BufferLifetime(byteCount: 0, stages: 0...0)
        }
        let block = planMemory(
            inside + scratch[..<stageCount].map { BufferLifetime(byteCount: $0.byteCount, stages: $0.stage...$0.stage) }
        )
        let outside = lifetimes.indices.map {
            isInBlock($0) ? BufferLifetime(byteCount: 0, stages: 0...0) : lifetimes[$0]
        }
        var memory = planMemory(
            outside + [BufferLifetime(byteCount: block.arenaByteCount, stages: 0...firstWhole.stage - 1)])
        let start = memory.offsets.removeLast()
        for index in lifetimes.indices where isInBlock(index) { memory.offsets[index] = start + block.offsets[index] }
        return (
            memory,
            Plan.Portions(
                count: portionCount, stageCount: stageCount, block: start..<start + block.arenaByteCount,
                scratch: block.offsets.suffix(stageCount).map { start + $0 })
        )
    }
}

extension SliceRoot {
    /// The place of the whole value, given the place of one of its slices.
    func place(in slice: Place, byteOffset: Int) -> Place {
        Place(slice.location.advanced(by: -byteOffset), TensorDescriptor(type, .channelsLast))
    }
}
