public import DeeperGraphs
public import DeeperKernels
public import DeeperTensors

/// Turns a graph and concrete inputs into a ``Plan``.
///
/// For each node in turn, it asks the operator for layouts, converts the operands to them, lowers the node to a kernel,
/// and places its outputs. A node becomes no step if its outputs are known or unused, or if it belongs to a branch that
/// an If does not take.
public struct Planner {
    private let graph: Graph
    private var options: KernelOptions
    private let memoryLimitBytes: Int
    private var types: InferredTypes
    /// The types of the whole batch.
    private let wholeTypes: InferredTypes
    private let needed: [Bool]
    private var placement: Placement
    private let portions: BatchPortions?
    private let constantValues: Set<ValueID>
    private let consumers: [[Int]]
    /// How many of the graph's outputs a value is.
    private let outputCounts: [ValueID: Int]
    private var builder = StepBuilder()
    /// Whether steps are made for one portion of the batch: there are ``portions``, and not all of their nodes are
    /// placed yet.
    private var isInPortions: Bool
    private var places: [ValueID: Place] = [:]
    private var conversions: [Conversion: Place] = [:]
    /// For every value whose node became an alias: the value whose bytes it shares.
    private var aliasSources: [ValueID: ValueID] = [:]
    /// Values that share bytes with others: results of in-place Concats, and slices of channels.
    private var shared: Set<ValueID> = []

    private struct Conversion: Hashable {
        var value: ValueID
        var layout: Layout
    }

    /// Makes a plan of a graph for the given input types.
    ///
    /// - Parameters:
    ///   - inputs: the type of every input, as returned by ``Graph/bind(_:)``.
    ///   - values: the inputs whose values are fixed in the plan: at least those that shapes and weights depend on.
    ///   - memoryLimitBytes: the largest number of bytes that one run may need, weights included.
    ///   - packed: the packed weights of other plans for the same graph and options; new ones are added to it.
    ///   - threads: the number of threads that pack weights, and that will run the plan.
    ///   - portions: how a batch may be cut into portions; this does not change a bit of the outputs.
    ///   - beforePacking: called when the plan is complete except for its packed weights.
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
        // Taken with all branches in place: which branch an If takes may differ from plan to plan.
        self.constantValues = graph.constantValues()
        self.graph = try graph.takingBranches(types)
        self.needed = self.graph.neededNodes(types)
        // Which branches are taken may depend on the batch.
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
        // Steps that run per portion write to the caller's outputs themselves; known values are not portioned.
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

    /// Ends the nodes that run per portion: from here on, steps are made for the whole batch.
    ///
    /// Values that later nodes read, or write a part of, are stacked portion after portion, and so become values of the
    /// whole batch.
    private mutating func end(_ portions: BatchPortions) throws {
        let isLater = graph.nodes.indices.map { $0 >= portions.nodeCount && needed[$0] }
        let producers = graph.producers()
        var stacked: [ValueID: Place] = [:]
        let isLast = !isLater.contains(true)
        for (value, place) in places.sorted(by: { $0.key.index < $1.key.index }) where !isLast {
            // Constants may differ for the whole batch, and are cheap to make again.
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

    /// Whether portions of a value, stacked one after the other in a buffer, are arranged as the value of the whole
    /// batch is. They are not where the value counts as dense only because it has a single image or a single pixel.
    private func isStackable(_ place: Place, _ whole: TensorType) -> Bool {
        let descriptor = TensorDescriptor(whole, place.descriptor.layout, pixelPitch: place.descriptor.pixelPitch)
        let images = place.descriptor.shape.dimensions.first ?? 1
        return descriptor.strides.first.map { $0 * images * whole.elementType.byteCount }
            == builder.byteCount(ofBufferAt: place.location)
    }

    /// Makes an output appear in the caller's memory: the step that makes it writes there directly if nothing else
    /// reads the value; otherwise a copy does.
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

    /// The information that placing a node's outputs depends on.
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
            return try placeInPlace(node, output)
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

    /// Places a node whose output has the same bytes as its input, with another shape or layout.
    private mutating func placeAlias(_ plan: NodePlan, of index: Int) throws {
        guard let input = plan.node.inputs[index], let output = plan.node.outputs[0] else { return }
        var source = try arrangedPlace(of: input, plan.choice.inputs[index], plan.choice.readsSlices)
        source.descriptor = TensorDescriptor(plan.outputTypes[0], plan.choice.outputs[0])
        places[output] = source
        aliasSources[output] = input
    }

    /// Places a node whose outputs are ranges of channels of its input: they stay where they are.
    private mutating func placeChannels(_ plan: NodePlan, of index: Int, from starts: [Int]) throws {
        guard let input = plan.node.inputs[index] else { return }
        var source = try arrangedPlace(of: input, .channelsLast, true)
        // An input of one pixel counts as channels-last, but the caller's memory is not cut into slices.
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

    /// Adds the step of a node that computes. The step may absorb the step before it.
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

    /// Gives a step's outputs their places. A buffer that several slices share is allocated with the first of them.
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

    /// Whether the bytes of a value are read exactly once: by one node, and by none through an alias of the value.
    private func hasOneReader(_ value: ValueID) -> Bool {
        var name = value
        while consumers[name.index].count == 1, outputCounts[name] == nil, !shared.contains(name) {
            guard let source = aliasSources[name] else { return true }
            name = source
        }
        return false
    }

    /// Whether only the caller reads the bytes of an output.
    private func isDeliveredOnly(_ output: ValueID) -> Bool {
        guard consumers[output.index].isEmpty, outputCounts[output] == 1, !shared.contains(output) else { return false }
        return aliasSources[output].map(hasOneReader) ?? true
    }

    /// Places a Concat, or a Pad that adds channels, whose operands are already in their slices, except those whose makers
    /// cannot write slices: these are copied.
    private mutating func placeInPlace(_ node: Node, _ output: ValueID) throws {
        let type = try types.type(output)
        let own = target(output, type, .channelsLast, true)
        let whole = places[output] ?? builder.materialise(own)
        if let root = own.root, places[root.value] == nil {
            places[root.value] = root.place(in: whole, byteOffset: own.byteOffset)
        }
        places[output] = whole
        shared.insert(output)
        func slice(_ part: TensorType, _ channel: Int) -> Place {
            Place(
                whole.location.advanced(by: channel * type.elementType.byteCount),
                TensorDescriptor(part, .channelsLast, pixelPitch: whole.descriptor.pixelPitch))
        }
        if let pad = node.operation as? Pad { return try fillBorder(node, pad, type, slice) }
        var channel = 0
        for case let input? in node.inputs {
            let part = try types.type(input)
            try copy(input, of: node, to: slice(part, channel))
            channel += part.shape[1]
        }
    }

    /// Copies an operand to its slice unless it is there.
    private mutating func copy(_ input: ValueID, of node: Node, to wanted: Place) throws {
        let source = try place(of: input)
        guard source != wanted else { return }
        let copy = try StridedCopyKernel.conversion(from: source.descriptor, to: wanted.descriptor)
        builder.add(
            copy, named: node.name, node.operatorName, reads: [.init(source)], writes: [.place(.init(wanted))],
            wanted.descriptor.type)
    }

    /// Writes the channels that a Pad adds.
    private mutating func fillBorder(
        _ node: Node, _ pad: Pad, _ type: TensorType, _ slice: (TensorType, Int) -> Place
    ) throws {
        guard let input = node.inputs[0], let border = pad.channelBorder(types.inputs(of: node)) else {
            throw DeeperError(.internalFault, "a Pad in place without a border of channels")
        }
        let operand = slice(try types.type(input), border.before)
        try copy(input, of: node, to: operand)
        // Not long before the rest of the buffer is written, which would have to live from then on.
        let stage = max(0, builder.readyStage(of: .init(operand)) - 1)
        let given = node.inputs.count > 2 ? types.value(node.inputs[2]) : nil
        let fill = builder.constant(try pad.fillElement(given, of: type.elementType))
        for (channel, count) in [(0, border.before), (type.shape[1] - border.after, border.after)] where count > 0 {
            var extents = type.shape.dimensions
            extents[1] = count
            let part = TensorType(type.elementType, Shape(extents))
            let wanted = slice(part, channel)
            builder.add(
                try StridedCopyKernel.filling(wanted.descriptor), named: node.name, node.operatorName,
                reads: [.init(fill)],
                writes: [.place(.init(wanted))], part, notBefore: stage)
        }
    }

    /// Where an output will be stored: in a buffer of its own, or in its slice of a wider value.
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

    /// The place of a value in the layout that an operator wants. A conversion is made once for all nodes that want the
    /// same layout.
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

    /// Adds a step that copies a value to a buffer of its own.
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

    /// Whether the node's packed weights depend on the graph's constants alone, so that they are the same in every
    /// plan. A known operand may also come from an input whose value or shape the plan was made for.
    private func sharesWeights(_ node: Node) -> Bool {
        node.inputs.dropFirst().allSatisfy { input in
            guard let input, types.value(input) != nil else { return true }
            return constantValues.contains(input)
        }
    }
}
