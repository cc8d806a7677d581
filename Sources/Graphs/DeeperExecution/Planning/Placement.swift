public import DeeperGraphs
internal import DeeperTensors

/// Which values of a graph are stored as channel slices of the result of a Concat, or of a Pad that adds channels. Such
/// values are written directly into that result, so that the Concat copies nothing, and the Pad writes only what it adds.
/// Plans and training place their values by it.
public struct Placement: Sendable {
    /// The location of a value inside the result of a Concat.
    public struct Slice: Sendable, Hashable {
        public var whole: ValueID
        public var firstChannel: Int
    }

    /// The location of a value inside the widest value that contains it, followed through Concats of Concats.
    struct OutermostSlice {
        var whole: ValueID
        var type: TensorType
        var firstChannel: Int
        /// The number of channels of the whole.
        var channels: Int { type.shape[1] }
    }

    /// Which nodes may read a slice.
    public enum Readers: Sendable {
        /// Any node; one that cannot read slices gets a copy.
        case any
        /// Only the Concat, and the node that makes the operand must be able to write slices. For training: a gradient
        /// is placed like its value, and is computed once.
        case concatAlone
    }

    private var slices: [ValueID: Slice] = [:]
    private var wholes: Set<ValueID> = []
    private let types: InferredTypes

    public init(_ graph: Graph, _ types: InferredTypes, readers: Readers = .any) {
        self.types = types
        let (producers, consumers) = (graph.producers(), graph.consumers())
        var parts = ConcatParts(graph, types)
        for node in graph.nodes {
            if readers == .any, let pad = node.operation as? Pad, let output = node.outputs[0],
                let value = node.inputs[0], slices[value] == nil, producers[value.index] != nil,
                let border = pad.channelBorder(types.inputs(of: node))
            {
                slices[value] = Slice(whole: output, firstChannel: border.before)
                wholes.insert(output)
                continue
            }
            guard let concat = node.operation as? Concat, let output = node.outputs[0],
                let type = types.knownType(output), type.shape.rank > 2,
                concat.axis == 1 || concat.axis + type.shape.rank == 1
            else { continue }
            let operands = node.inputs.compactMap { $0 }
            guard operands.count > 1 else { continue }
            let values = readers == .any ? parts.values(of: operands, makingUp: output) : operands
            // A value has only one place: it belongs to the first Concat, and other Concats copy it.
            let placed = Set(values).filter { operand in
                guard slices[operand] == nil, let maker = producers[operand.index] else { return false }
                switch readers {
                case .any: return true
                case .concatAlone:
                    return consumers[operand.index].count == 1 && !graph.outputs.contains(operand)
                        && Placement.writesSlices(graph.nodes[maker], types)
                }
            }
            guard !placed.isEmpty, readers == .any || placed.count == values.count
            else { continue }
            var channel = 0
            for value in values {
                guard let part = types.knownType(value) else { break }
                if slices[value] == nil, placed.contains(value) {
                    slices[value] = Slice(whole: output, firstChannel: channel)
                }
                channel += part.shape[1]
            }
            wholes.insert(output)
        }
    }

    /// The slice of a Concat's result that a value is written to; nil if the value has a buffer of its own.
    public func slice(_ value: ValueID) -> Slice? { slices[value] }

    /// The values that are written directly into another value.
    public var sliced: [ValueID] { slices.keys.sorted { $0.index < $1.index } }

    /// Whether the value is the result of a Concat with operands that are written directly into it.
    func isWhole(_ value: ValueID) -> Bool { wholes.contains(value) }

    func outermost(of value: ValueID) -> OutermostSlice? {
        guard var slice = slices[value] else { return nil }
        while let next = slices[slice.whole] {
            slice = Slice(whole: next.whole, firstChannel: next.firstChannel + slice.firstChannel)
        }
        guard let type = types.knownType(slice.whole) else { return nil }
        return OutermostSlice(whole: slice.whole, type: type, firstChannel: slice.firstChannel)
    }

    /// How a step reads a value: as it is stored, where the step can, otherwise dense and in the layout that the step
    /// wants.
    static func arranged(_ present: TensorDescriptor, _ layout: Layout, readsSlices: Bool) -> TensorDescriptor {
        let dense = TensorDescriptor(present.type, layout)
        if present.placesElements(like: dense) { return dense }
        return readsSlices && present.layout == dense.layout ? present : dense
    }

    /// Whether a node with channels-last operands can write its result into a slice, according to its operator.
    private static func writesSlices(_ node: Node, _ types: InferredTypes) -> Bool {
        let outputs = node.outputs.compactMap { $0 }.compactMap { types.knownType($0) }
        let inputs = node.inputs.map { input in
            input.flatMap { types.knownType($0) }.map { TensorDescriptor($0, .channelsLast) }
        }
        let choice = node.operation.layouts(inputs, outputs: outputs)
        return choice.writesSlices && choice.outputs.first == .channelsLast
    }
}
