public import DeeperGraphs
public import DeeperKernels
public import DeeperTensors

/// Turns a graph and concrete inputs into a ``Plan``.
///
/// For each node in turn: ask the operator for layouts, bring its operands into them, lower it, and place its outputs.
/// Nodes whose outputs are known or wanted by nobody leave no step, and neither do those of a branch that an If does not
/// take.
public struct Planner {
    private let graph: Graph
    private var options: KernelOptions
    private let memoryLimitBytes: Int
    private var types: InferredTypes
    /// Of the whole batch.
    private let wholeTypes: InferredTypes
    private let needed: [Bool]
    private var placement: Placement
    private let portions: BatchPortions?
    private let constantValues: Set<ValueID>
    private let consumers: [[Int]]
    /// How many outputs of the graph a value is.
    private let outputCounts: [ValueID: Int]
    private var builder = StepBuilder()
    /// Whether steps are made for a portion of the batch: there are ``portions``, and their nodes are not all placed.
    private var isInPortions: Bool
    private var places: [ValueID: Place] = [:]
    private var conversions: [Conversion: Place] = [:]
    /// The value whose bytes a value is, where its node became an alias.
    private var aliasSources: [ValueID: ValueID] = [:]
    /// Values whose bytes are others' too: results of in-place Concats, and slices of channels.
    private var shared: Set<ValueID> = []

    private struct Conversion: Hashable {
        var value: ValueID
        var layout: Layout
    }

    /// Prepares a plan.
    ///
    /// - Parameters:
    ///   - inputs: the type of every input, as ``Graph/bind(_:)`` gives them.
    ///   - values: inputs whose values are fixed in the plan; at least those that shapes and weights depend on.
    ///   - memoryLimitBytes: the most that one run, its weights included, may need.
    ///   - packed: weights of other plans for the same graph and options, and where new ones go.
    ///   - threads: how many pack weights, and will run the plan.
    ///   - portions: how a batch may be cut; it changes no bit of the outputs.
    ///   - beforePacking: called when the plan is made but for its weights.
    /// - Throws: `invalidModel` or `unsupported` with the node as breadcrumb; `limitExceeded` beyond the limit.
    public static func plan(
        _ graph: Graph, inputs: [ValueID: TensorType], values: [ValueID: Tensor] = [:], options: KernelOptions,
        memoryLimitBytes: Int = .max, packed: PackedWeights? = nil, threads: Int = 1,
        portions: PortionPolicy = PortionPolicy(), beforePacking: (Preparation) -> Void = { _ in }
    ) throws -> Plan {
        var options = options
        let preparation = Preparation(packed)
        options.preparation = preparation
        options.workers = threads
        var planner = try Planner(graph, inputs, values, options, memoryLimitBytes, portions)
        let plan = try planner.run(inputs, values)
        beforePacking(preparation)
        try preparation.run(threads: threads)
        return plan
    }

    private init(
        _ graph: Graph, _ inputs: [ValueID: TensorType], _ values: [ValueID: Tensor], _ options: KernelOptions,
        _ memoryLimitBytes: Int, _ policy: PortionPolicy
    ) throws {
        self.options = options
        self.memoryLimitBytes = memoryLimitBytes
        func infer(_ inputs: [ValueID: TensorType]) throws -> InferredTypes {
            try graph.inferTypes(
                inputs, values: values, largestValue: memoryLimitBytes / 8, evaluator: Evaluator(options))
        }
        let types = try infer(inputs)
        self.wholeTypes = types
        // With all branches in place: what a branch gives is not the same in every plan.
        self.constantValues = graph.constantValues()
        self.graph = try graph.takingBranches(types)
        self.needed = self.graph.neededNodes(types)
        // What a branch leaves out may depend on the batch.
        let mayBeCut = values.isEmpty && !graph.nodes.contains { $0.operation is If }
        self.portions =
            mayBeCut
            ? BatchPortions(
                graph, inputs, whole: types, needed: needed, workers: options.workers, policy: policy,
                inferring: infer) : nil
        self.isInPortions = portions != nil
        self.types = portions?.types ?? types
        self.placement = Placement(self.graph, self.types)
        self.consumers = self.graph.consumers()
        self.outputCounts = graph.outputs.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    private mutating func run(_ inputs: [ValueID: TensorType], _ values: [ValueID: Tensor]) throws -> Plan {
        var ports: [Plan.Port] = []
        var fixed: [Int: Tensor] = [:]
        for input in graph.inputs where graph.constants[input.value] == nil {
            if let value = values[input.value] { fixed[ports.count] = value }
            places[input.value] = Place(.input(ports.count), TensorDescriptor(try types.type(input.value)))
            ports.append(Plan.Port(name: graph.name(of: input.value), type: try wholeTypes.type(input.value)))
        }
        for (index, node) in graph.nodes.enumerated() where needed[index] {
            if let portions, index >= portions.nodeCount, isInPortions { try end(portions) }
            options.step = sharesWeights(node) ? "\(index) \(node.name)" : nil
            try locating(node.label) { try place(node, types.nodeTypes[index]) }
        }
        // Steps of portions write theirs to the caller's outputs; what is known does not come in portions.
        let computed = graph.outputs.indices.filter { isInPortions && wholeTypes.value(graph.outputs[$0]) == nil }
        for index in computed { try deliver(graph.outputs[index], as: index) }
        if let portions, isInPortions { try end(portions) }
        for index in graph.outputs.indices where !computed.contains(index) {
            try deliver(graph.outputs[index], as: index)
        }
        let outputs = try graph.outputs.map { Plan.Port(name: graph.name(of: $0), type: try wholeTypes.type($0)) }
        let plan = try builder.finish(inputs: ports, outputs: outputs, fixedInputs: fixed)
        let workers = plan.portions == nil ? 1 : max(1, options.workers)
        let total = saturatingSum([plan.memoryByteCount(workers: workers), plan.weightByteCount])
        guard total <= memoryLimitBytes else {
            throw DeeperError(.limitExceeded, "the plan needs \(total) bytes, the limit is \(memoryLimitBytes)")
        }
        return plan
    }

    /// Makes steps for the whole batch from here on.
    ///
    /// What later nodes read or write a part of is stacked, portion on portion, and so becomes the value of the whole batch.
    private mutating func end(_ portions: BatchPortions) throws {
        let isLater = graph.nodes.indices.map { $0 >= portions.nodeCount && needed[$0] }
        let producers = graph.producers()
        var stacked: [ValueID: Place] = [:]
        let isLast = !isLater.contains(true)
        for (value, place) in places.sorted(by: { $0.key.index < $1.key.index }) where !isLast {
            // Constants may be others for a whole batch, and are cheap to have again.
            guard types.value(value) == nil else { continue }
            guard
                consumers[value.index].contains(where: { isLater[$0] }) || outputCounts[value] != nil
                    || producers[value.index].map({ isLater[$0] }) ?? false
            else { continue }
            var place = place
            if place.location.isBuffer, !isStackable(place, try wholeTypes.type(value)) {
                place = try copy(of: value, from: place, to: TensorDescriptor(place.descriptor.type))
            }
            let type = try wholeTypes.type(value)
            stacked[value] = Place(
                place.location,
                TensorDescriptor(
                    type, place.descriptor.layout,
                    pixelPitch: place.descriptor.isDense ? nil : place.descriptor.pixelPitch))
        }
        builder.endPortions(portions.count, stacking: stacked.values.map(\.location))
        places = stacked
        conversions = [:]
        types = wholeTypes
        placement = Placement(graph, types)
        isInPortions = false
    }

    /// Whether a value's place in a portion's buffer is its place in the whole batch's, once portion follows on portion. It is
    /// not where the value is seen as dense because it has a single image, or a single pixel.
    private func isStackable(_ place: Place, _ whole: TensorType) -> Bool {
        let descriptor = TensorDescriptor(whole, place.descriptor.layout, pixelPitch: place.descriptor.pixelPitch)
        let images = place.descriptor.shape.dimensions.first ?? 1
        return descriptor.strides.first.map { $0 * images * whole.elementType.byteCount }
            == builder.byteCount(ofBufferAt: place.location)
    }

    /// Has an output written where the caller gets it: by the step that makes it, if nobody else reads it, else by a copy.
    private mutating func deliver(_ output: ValueID, as index: Int) throws {
        let type = try types.type(output)
        let source = try place(of: output)
        let target = TensorDescriptor(type)
        let isDeliveredOnly = isDeliveredOnly(output)
        if isDeliveredOnly, source.descriptor.placesElements(like: target),
            builder.redirect(source.location, toOutput: index)
        {
            return
        }
        let copy = try StridedCopyKernel.conversion(from: source.descriptor, to: target)
        if isDeliveredOnly, let joined = builder.join(copy, reading: source.location) {
            builder.add(
                joined.kernel, named: joined.name, joined.operatorName, reads: joined.sources,
                writes: [.output(index, type)], type, macs: joined.macs)
        } else {
            builder.add(
                copy, named: graph.name(of: output), "output", reads: [.init(source)], writes: [.output(index, type)],
                type)
        }
    }

    /// What placing a node's outputs depends on.
    private struct NodePlan {
        var node: Node
        var outputTypes: [TensorType]
        var choice: LayoutChoice
        var targets: [Target]
    }

    private mutating func place(_ node: Node, _ outputTypes: [TensorType]) throws {
        for type in outputTypes where type.byteCount > memoryLimitBytes {
            throw DeeperError(.limitExceeded, "\(type) takes \(type.byteCount) bytes, the limit is \(memoryLimitBytes)")
        }
        let present = try node.inputs.map { input in try input.map { try descriptor(of: $0) } }
        let choice = node.operation.layouts(present, outputs: outputTypes)
        if let output = node.outputs[0], placement.isWhole(output), choice.outputs[0] == .channelsLast {
            return try placeInPlaceConcat(node, output)
        }
        let plan = NodePlan(
            node: node, outputTypes: outputTypes, choice: choice,
            targets: zip(outputTypes, choice.outputs).enumerated().map { index, output in
                target(node.outputs[index], output.0, output.1, choice.writesSlices)
            })
        switch try node.operation.lower(request(plan, present)) {
        case .constants(let tensors):
            for (output, tensor) in zip(node.outputs, tensors) {
                if let output { places[output] = builder.constant(tensor) }
            }
        case .alias(let input): try placeAlias(plan, of: input)
        case .channels(let input, let starts): try placeChannels(plan, of: input, from: starts)
        case .kernel(let kernel, let operands): try placeStep(plan, kernel, operands)
        }
    }

    private func request(_ plan: NodePlan, _ present: [TensorDescriptor?]) -> LoweringRequest {
        let wanted = zip(present, plan.choice.inputs).map { descriptor, layout in
            descriptor.map { Placement.arranged($0, layout, readsSlices: plan.choice.readsSlices) }
        }
        return LoweringRequest(
            inputs: zip(plan.node.inputs, wanted).map { input, descriptor in
                descriptor.map { LoweringRequest.Input(descriptor: $0, value: types.value(input)) }
            },
            outputs: plan.targets.map(\.descriptor), usedOutputs: plan.node.outputs.map { $0 != nil },
            options: options)
    }

    /// A node that only looks at its input in another way.
    private mutating func placeAlias(_ plan: NodePlan, of index: Int) throws {
        guard let input = plan.node.inputs[index], let output = plan.node.outputs[0] else { return }
        var source = try arrangedPlace(of: input, plan.choice.inputs[index], plan.choice.readsSlices)
        source.descriptor = TensorDescriptor(plan.outputTypes[0], plan.choice.outputs[0])
        places[output] = source
        aliasSources[output] = input
    }

    /// A node whose results are channels of its input, where they lie.
    private mutating func placeChannels(_ plan: NodePlan, of index: Int, from starts: [Int]) throws {
        guard let input = plan.node.inputs[index] else { return }
        var source = try arrangedPlace(of: input, .channelsLast, true)
        // An input of one pixel: the caller's memory is not cut into slices.
        if !source.location.isBuffer {
            source = try copy(of: input, from: source, to: TensorDescriptor(source.descriptor.type, .channelsLast))
        }
        for (position, output) in plan.node.outputs.enumerated() {
            guard let output else { continue }
            let type = plan.outputTypes[position]
            places[output] = Place(
                source.location.advanced(by: starts[position] * type.elementType.byteCount),
                TensorDescriptor(type, .channelsLast, pixelPitch: source.descriptor.pixelPitch))
            shared.insert(output)
        }
    }

    /// A node that computes: one step, which may take the one in front of it over.
    private mutating func placeStep(_ plan: NodePlan, _ kernel: any Kernel, _ operands: [Int]) throws {
        let node = plan.node
        var reads = try operands.map { index in
            guard let input = node.inputs[index] else {
                throw DeeperError(.internalFault, "operand \(index) of the lowering is absent")
            }
            return StepBuilder.Access(
                try arrangedPlace(of: input, plan.choice.inputs[index], plan.choice.readsSlices))
        }
        var (kernel, macs) = (
            kernel, node.operation.operations(node.inputs.map { types.knownType($0) }, plan.outputTypes).macs
        )
        if let first = operands.first, let input = node.inputs[first], hasOneReader(input),
            places[input]?.location == reads[0].location,
            let joined = builder.join(kernel, reading: reads[0].location)
        {
            kernel = joined.kernel
            reads.replaceSubrange(0..<1, with: joined.sources)
            macs = saturatingSum([macs, joined.macs])
        }
        builder.add(
            kernel, named: node.name, node.operatorName, reads: reads, writes: placeOutputs(plan), plan.outputTypes[0],
            macs: macs)
    }

    /// Gives a step's outputs their places. What several slices share is allocated with the first of them.
    private mutating func placeOutputs(_ plan: NodePlan) -> [StepBuilder.Destination] {
        zip(plan.node.outputs, plan.targets).map { output, target in
            let place = builder.materialise(target)
            if let output { places[output] = place }
            if let root = target.root, places[root.value] == nil {
                places[root.value] = root.place(in: place, byteOffset: target.byteOffset)
            }
            return .place(.init(place))
        }
    }

    /// Whether the bytes of a value are read once and no more: by one node, and by nobody under any of the other
    /// names that aliases give them.
    private func hasOneReader(_ value: ValueID) -> Bool {
        var name = value
        while consumers[name.index].count == 1, outputCounts[name] == nil, !shared.contains(name) {
            guard let source = aliasSources[name] else { return true }
            name = source
        }
        return false
    }

    /// Whether the bytes of an output are read by nobody but the caller.
    private func isDeliveredOnly(_ output: ValueID) -> Bool {
        guard consumers[output.index].isEmpty, outputCounts[output] == 1, !shared.contains(output) else { return false }
        return aliasSources[output].map(hasOneReader) ?? true
    }

    /// The operands of an in-place Concat already lie where they should, except those whose makers cannot write
    /// slices: these are copied.
    private mutating func placeInPlaceConcat(_ node: Node, _ output: ValueID) throws {
        let type = try types.type(output)
        let own = target(output, type, .channelsLast, true)
        let whole = places[output] ?? builder.materialise(own)
        if let root = own.root, places[root.value] == nil {
            places[root.value] = root.place(in: whole, byteOffset: own.byteOffset)
        }
        places[output] = whole
        shared.insert(output)
        var channel = 0
        for case let input? in node.inputs {
            let source = try place(of: input)
            let part = try types.type(input)
            let wanted = Place(
                whole.location.advanced(by: channel * type.elementType.byteCount),
                TensorDescriptor(part, .channelsLast, pixelPitch: whole.descriptor.pixelPitch))
            if source != wanted {
                let copy = try StridedCopyKernel.conversion(from: source.descriptor, to: wanted.descriptor)
                builder.add(
                    copy, named: node.name, node.operatorName, reads: [.init(source)], writes: [.place(.init(wanted))],
                    part)
            }
            channel += part.shape[1]
        }
    }

    /// Where an output will lie: a buffer of its own, or its slice of a wider value.
    private func target(_ value: ValueID?, _ type: TensorType, _ layout: Layout, _ writesSlices: Bool) -> Target {
        let dense = TensorDescriptor(type, layout)
        guard let value, writesSlices, dense.layout == .channelsLast, let slice = placement.outermost(of: value)
        else {
            return Target(descriptor: dense)
        }
        let pitch = slice.channels
        return Target(
            descriptor: TensorDescriptor(type, layout, pixelPitch: pitch), existing: places[slice.whole]?.location,
            byteOffset: slice.firstChannel * type.elementType.byteCount,
            root: SliceRoot(value: slice.whole, type: slice.type))
    }

    /// A value where an operator wants it; converted, once for all who want the same.
    private mutating func arrangedPlace(of value: ValueID, _ layout: Layout, _ readsSlices: Bool) throws -> Place {
        let source = try place(of: value)
        let wanted = Placement.arranged(source.descriptor, layout, readsSlices: readsSlices)
        if source.descriptor.placesElements(like: wanted) { return Place(source.location, wanted) }
        let key = Conversion(value: value, layout: wanted.layout)
        if let done = conversions[key] { return done }
        let result = try copy(of: value, from: source, to: wanted)
        conversions[key] = result
        return result
    }

    /// A copy of a value in a buffer of its own.
    private mutating func copy(of value: ValueID, from source: Place, to wanted: TensorDescriptor) throws -> Place {
        let result = builder.materialise(Target(descriptor: wanted))
        let kernel = try StridedCopyKernel.conversion(from: source.descriptor, to: wanted)
        builder.add(
            kernel, named: graph.name(of: value), "layout", reads: [.init(source)], writes: [.place(.init(result))],
            wanted.type)
        return result
    }

    private mutating func place(of value: ValueID) throws -> Place {
        if let place = places[value] { return place }
        guard let tensor = types.value(value) else {
            throw DeeperError(.internalFault, "value \"\(graph.name(of: value))\" has no place")
        }
        let place = builder.constant(tensor)
        places[value] = place
        return place
    }

    private func descriptor(of value: ValueID) throws -> TensorDescriptor {
        if let place = places[value] { return place.descriptor }
        return TensorDescriptor(try types.type(value))
    }

    /// Whether what the node packs follows from the graph's constants alone, so that every plan packs the same: a known
    /// operand may also come from an input that the plan was made for, or from its shape.
    private func sharesWeights(_ node: Node) -> Bool {
        node.inputs.dropFirst().allSatisfy { input in
            guard let input, types.value(input) != nil else { return true }
            return constantValues.contains(input)
        }
    }
}
