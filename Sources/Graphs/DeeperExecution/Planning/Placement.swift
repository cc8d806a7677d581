public import DeeperGraphs
internal import DeeperTensors

/// Where the values of a graph are to lie relative to each other: which are slices of channels of a Concat's result, made in
/// their places there so that nothing is copied. Plans and training place values by it.
public struct Placement: Sendable {
    /// A value inside the result of a Concat.
    public struct Slice: Sendable, Hashable {
        public var whole: ValueID
        public var firstChannel: Int
    }

    /// A value inside the widest value that it is a slice of, through Concats of Concats.
    struct OutermostSlice {
        var whole: ValueID
        var type: TensorType
        var firstChannel: Int
        /// Channels of the whole.
        var channels: Int { type.shape[1] }
    }

    /// Who may read a slice.
    public enum Readers: Sendable {
        /// Anybody: who cannot read slices gets a copy.
        case any
        /// The Concat alone, and the operand's maker must write slices: a gradient lies where its value lies, and is made
        /// once.
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
            guard let concat = node.operation as? Concat, let output = node.outputs[0],
                let type = types.knownType(output), type.shape.rank > 2,
                concat.axis == 1 || concat.axis + type.shape.rank == 1
            else { continue }
            let operands = node.inputs.compactMap { $0 }
            guard operands.count > 1 else { continue }
            let values = readers == .any ? parts.values(of: operands, makingUp: output) : operands
            // A value lies in one place only: the first Concat has it, and others copy it.
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

    /// The Concat's result that a value is made in.
    public func slice(_ value: ValueID) -> Slice? { slices[value] }

    /// The values that are made in another one's place.
    public var sliced: [ValueID] { slices.keys.sorted { $0.index < $1.index } }

    /// Whether the operands of the Concat that makes a value are made in their places inside it.
    func isWhole(_ value: ValueID) -> Bool { wholes.contains(value) }

    func outermost(of value: ValueID) -> OutermostSlice? {
        guard var slice = slices[value] else { return nil }
        while let next = slices[slice.whole] {
            slice = Slice(whole: next.whole, firstChannel: next.firstChannel + slice.firstChannel)
        }
        guard let type = types.knownType(slice.whole) else { return nil }
        return OutermostSlice(whole: slice.whole, type: type, firstChannel: slice.firstChannel)
    }

    /// How a step reads a value: as it lies, where the step can, or else dense in the layout that it wants.
    static func arranged(_ present: TensorDescriptor, _ layout: Layout, readsSlices: Bool) -> TensorDescriptor {
        let dense = TensorDescriptor(present.type, layout)
        if present.placesElements(like: dense) { return dense }
        return readsSlices && present.layout == dense.layout ? present : dense
    }

    /// Whether a node whose operands lie channels-last can write its result into a slice, by its operator's own answer.
    private static func writesSlices(_ node: Node, _ types: InferredTypes) -> Bool {
        let outputs = node.outputs.compactMap { $0 }.compactMap { types.knownType($0) }
        let inputs = node.inputs.map { input in
            input.flatMap { types.knownType($0) }.map { TensorDescriptor($0, .channelsLast) }
        }
        let choice = node.operation.layouts(inputs, outputs: outputs)
        return choice.writesSlices && choice.outputs.first == .channelsLast
    }
}
