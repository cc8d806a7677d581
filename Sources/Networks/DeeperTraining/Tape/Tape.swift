import DeeperExecution
import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Records a network's forward pass as steps of a plan, together with closures for its backward pass; then records the
/// backward pass, in reverse order.
///
/// A value's gradient has the layout of the value: slices of a Concat's result are slices of its gradient. The first
/// step that computes a gradient writes it, later ones add to it. The plan's lifetimes keep in memory exactly those
/// values that a backward step still reads.
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

    /// The settings that rules depend on in addition to the graph.
    struct Settings {
        var seed: UInt64
        /// The share of a batch normalisation's running moments that every batch replaces.
        var momentsMomentum: Float
        /// Whether the weight with a name is trained.
        var isTrained: @Sendable (String) -> Bool
        /// Whether dropout is applied.
        var dropsOut: Bool
        /// The number of the step, from which masks are computed.
        var step: Value
    }

    /// The numbers by which the plan identifies memories that outlive runs.
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

    /// Adds a closure that records the backward pass of a node. The closures are called in reverse order.
    mutating func onBackward(_ body: @escaping (inout Tape) throws -> Void) { backward.append(body) }

    /// An operand of a node that is computed from the pictures.
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

    /// An operand of shape N x C x H x W that is stored with channels last; `unsupported` for any other.
    func image(_ node: Node, _ index: Int) throws -> (id: ValueID, value: Value) {
        let found = try input(node, index)
        guard found.value.shape.rank == 4, found.value.descriptor.layout == .channelsLast else {
            throw DeeperError(.unsupported, "an input of shape \(found.value.shape), expected N x C x H x W")
        }
        return found
    }

    /// The constant that is an operand of a node; nil if the node has no such operand or it is not constant.
    func constant(_ node: Node, _ index: Int) -> (name: String, tensor: Tensor)? {
        guard index < node.inputs.count, let id = node.inputs[index], let tensor = graph.constants[id] else {
            return nil
        }
        return (graph.name(of: id), tensor)
    }

    /// A node's only output.
    func output(_ node: Node) throws -> ValueID {
        guard let output = node.outputs[0], node.outputs.dropFirst().allSatisfy({ $0 == nil }) else {
            throw DeeperError(.unsupported, "\(node.outputs.count) outputs; training takes operators with one")
        }
        return output
    }

    func type(of value: ValueID) throws -> TensorType { try types.type(value) }

    /// The memory for a value that is about to be computed: a buffer, or a slice of the Concat that it is an operand
    /// of.
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

    /// Lets a value share the bytes of another one.
    mutating func alias(_ value: ValueID, to place: Value) { values[value] = place }

    func value(_ id: ValueID) -> Value? { values[id] }

    func isSlice(_ id: ValueID) -> Bool { placement.slice(id) != nil }

    /// Whether a node has the value as an operand.
    func isRead(_ id: ValueID) -> Bool { !consumers[id.index].isEmpty }

    // MARK: Parameters

    /// Makes a constant operand a weight.
    mutating func parameter(
        _ node: Node, _ index: Int, _ role: ParameterRole, fanIn: Int = 1, fanOut: Int = 1,
        order: Parameter.Order = .same
    ) throws -> (parameter: Parameter, value: Value) {
        guard let (name, tensor) = constant(node, index), tensor.elementType == .float32 else {
            throw DeeperError(.unsupported, "input \(index) is not a float32 constant, which training needs")
        }
        let follows = role != .mean && role != .variance && settings.isTrained(name)
        let parameter = try parameters.add(
            name, tensor.shape, role, fanIn: fanIn, fanOut: fanOut, isTrained: follows, order: order)
        return (
            parameter,
            try draft.state(State.parameters, offset: parameter.range.lowerBound, count: parameter.range.count)
        )
    }

    /// The memory of a weight's gradient.
    mutating func gradient(of parameter: Parameter) throws -> Value {
        try draft.state(State.gradients, offset: parameter.range.lowerBound, count: parameter.range.count)
    }

    // MARK: Backward

    /// Marks a value as depending on a trained weight if `always` is set or one of its sources is marked.
    mutating func propagate(_ sources: [ValueID], to output: ValueID, always: Bool = false) {
        if always || sources.contains(where: { differentiable.contains($0) }) { differentiable.insert(output) }
    }

    func needsGradient(_ value: ValueID) -> Bool { differentiable.contains(value) }

    /// The gradient of a value, if any step has written it so far.
    func arrived(at value: ValueID) -> Value? {
        if written.contains(value) { return gradients[value] }
        // A slice's gradient may have been written as part of the whole's.
        guard let slice = placement.slice(value), arrived(at: slice.whole) != nil else { return nil }
        return gradients[value]
    }

    /// The memory in which a step puts a gradient, and whether it adds to an existing gradient.
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
        // Slices need their memory before the gradient of the whole is written.
        for value in placement.sliced where needsGradient(value) {
            _ = try gradientPlace(value)
        }
        for body in backward.reversed() { try body(&self) }
        backward = []
    }
}
