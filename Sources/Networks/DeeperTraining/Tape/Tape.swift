import DeeperExecution
import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Records a network's forward pass as steps of a plan, and what its backward pass is to do; then the backward pass, in
/// reverse order.
///
/// A value's gradient has the layout of the value: slices of a Concat's result are slices of its gradient. The first step
/// that makes a gradient writes it, later ones add to it. What a backward step reads stays in memory until then, and
/// nothing else does: the plan's lifetimes see to it.
struct Tape {
    typealias Value = PlanDraft.Value

    let graph: Graph
    let types: InferredTypes
    let options: KernelOptions
    let settings: Settings
    var draft = PlanDraft()
    private(set) var parameters = ParameterTable()
    private var values: [ValueID: Value] = [:]
    private var gradients: [ValueID: Value] = [:]
    private var written: Set<ValueID> = []
    private var backward: [(inout Tape) throws -> Void] = []
    private let consumers: [[Int]]
    private let placement: Placement
    private(set) var differentiable: Set<ValueID> = []

    /// What rules depend on beside the graph.
    struct Settings {
        var seed: UInt64
        /// The share of a batch normalisation's running moments that every batch replaces.
        var momentsMomentum: Float
        /// Whether a weight follows its gradient.
        var isTrained: @Sendable (String) -> Bool
        /// Whether dropout clears anything.
        var dropsOut: Bool
        /// Every step has the number that masks are made from.
        var step: Value
    }

    /// The memories that outlive runs, as the plan numbers them.
    enum State {
        static let parameters = 0
        static let gradients = 1
        static let metrics = 2
    }

    init(_ graph: Graph, _ types: InferredTypes, _ draft: PlanDraft, settings: Settings, options: KernelOptions) {
        self.graph = graph
        self.types = types
        self.draft = draft
        self.settings = settings
        self.options = options
        self.consumers = graph.consumers()
        self.placement = Placement(graph, types, readers: .concatAlone)
    }

    // MARK: Forward

    mutating func record(inputs: [ValueID: Value]) throws {
        values = inputs
        for node in graph.nodes {
            try locating(node.label) { try GradientRules.rule(for: node).record(node, &self) }
        }
    }

    /// Adds what the backward pass is to do for a node; called in reverse order.
    mutating func onBackward(_ body: @escaping (inout Tape) throws -> Void) { backward.append(body) }

    /// The operand of a node that is an activation.
    func input(_ node: Node, _ index: Int) throws -> (id: ValueID, value: Value) {
        guard index < node.inputs.count, let id = node.inputs[index] else {
            throw DeeperError(.invalidModel, "input \(index) is missing")
        }
        guard let value = values[id] else {
            throw DeeperError(
                .unsupported, "input \(index) \"\(graph.name(of: id))\" is not computed from the pictures")
        }
        return (id, value)
    }

    /// An operand with channels in the last place: a conversion where it is not.
    func image(_ node: Node, _ index: Int) throws -> (id: ValueID, value: Value) {
        let found = try input(node, index)
        guard found.value.shape.rank == 4, found.value.descriptor.layout == .channelsLast else {
            throw DeeperError(.unsupported, "an input of shape \(found.value.shape), expected N x C x H x W")
        }
        return found
    }

    /// The constant that is a node's operand, if the node has it.
    func constant(_ node: Node, _ index: Int) -> (name: String, tensor: Tensor)? {
        guard index < node.inputs.count, let id = node.inputs[index], let tensor = graph.constants[id] else {
            return nil
        }
        return (graph.name(of: id), tensor)
    }

    /// A node's first output.
    func output(_ node: Node) throws -> ValueID {
        guard let output = node.outputs[0], node.outputs.dropFirst().allSatisfy({ $0 == nil }) else {
            throw DeeperError(.unsupported, "\(node.outputs.count) outputs; training takes operators with one")
        }
        return output
    }

    func type(of value: ValueID) throws -> TensorType { try types.type(value) }

    /// A place for a value that is about to be made: a buffer, or a slice of the Concat it goes into.
    mutating func make(_ value: ValueID) throws -> Value {
        if let known = values[value] { return known }
        let type = try types.type(value)
        let made: Value
        if let slice = placement.slice(value) {
            let whole = try make(slice.whole)
            made = try draft.slice(whole, channels: slice.firstChannel..<slice.firstChannel + type.shape[1])
        } else {
            made = draft.buffer(TensorDescriptor(type, .channelsLast))
        }
        values[value] = made
        return made
    }

    /// Lets a value be another one's bytes.
    mutating func alias(_ value: ValueID, to place: Value) { values[value] = place }

    func value(_ id: ValueID) -> Value? { values[id] }

    func isSlice(_ id: ValueID) -> Bool { placement.slice(id) != nil }

    /// Whether a node has the value as an operand.
    func isRead(_ id: ValueID) -> Bool { !consumers[id.index].isEmpty }

    // MARK: Parameters

    /// Makes the constant a weight.
    mutating func parameter(
        _ node: Node, _ index: Int, _ role: ParameterRole, fanIn: Int = 1, fanOut: Int = 1,
        order: Parameter.Order = .same
    ) throws -> (parameter: Parameter, value: Value) {
        guard let (name, tensor) = constant(node, index), tensor.elementType == .float32 else {
            throw DeeperError(.unsupported, "input \(index) is no float32 constant, which training needs")
        }
        let follows = role != .mean && role != .variance && settings.isTrained(name)
        let parameter = try parameters.add(
            name, tensor.shape, role, fanIn: fanIn, fanOut: fanOut, isTrained: follows, order: order)
        return (
            parameter,
            try draft.state(State.parameters, offset: parameter.range.lowerBound, count: parameter.range.count)
        )
    }

    /// Where a weight's gradient goes.
    mutating func gradient(of parameter: Parameter) throws -> Value {
        try draft.state(State.gradients, offset: parameter.range.lowerBound, count: parameter.range.count)
    }

    // MARK: Backward

    /// Marks a value as depending on a trained weight, if one of those it is made from does, or `always`.
    mutating func propagate(_ sources: [ValueID], to output: ValueID, always: Bool = false) {
        if always || sources.contains(where: { differentiable.contains($0) }) { differentiable.insert(output) }
    }

    func needsGradient(_ value: ValueID) -> Bool { differentiable.contains(value) }

    /// The gradient that has arrived at a value, if any has.
    func arrived(at value: ValueID) -> Value? {
        if written.contains(value) { return gradients[value] }
        // A slice's gradient may have come with that of the whole.
        guard let slice = placement.slice(value), arrived(at: slice.whole) != nil else { return nil }
        return gradients[value]
    }

    /// Where a step puts a gradient, and whether it adds to what is there.
    mutating func target(for value: ValueID) throws -> (place: Value, adds: Bool) {
        let place = try gradientPlace(value)
        return (place, !written.insert(value).inserted)
    }

    private mutating func gradientPlace(_ value: ValueID) throws -> Value {
        if let known = gradients[value] { return known }
        guard let forward = values[value] else {
            throw DeeperError(.internalFault, "value \(value) has a gradient but no place")
        }
        let made: Value
        if let slice = placement.slice(value) {
            let whole = try gradientPlace(slice.whole)
            made = try draft.slice(whole, channels: slice.firstChannel..<slice.firstChannel + forward.shape[1])
        } else {
            made = draft.buffer(TensorDescriptor(forward.descriptor.type, forward.descriptor.layout))
        }
        gradients[value] = made
        return made
    }

    mutating func recordBackward() throws {
        // Slices need their places before the whole's gradient arrives.
        for value in placement.sliced where needsGradient(value) {
            _ = try gradientPlace(value)
        }
        for body in backward.reversed() { try body(&self) }
        backward = []
    }
}
