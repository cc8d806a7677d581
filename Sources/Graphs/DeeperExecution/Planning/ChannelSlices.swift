import DeeperGraphs
import DeeperTensors

/// Which values are slices of channels of an in-place Concat, and where in the outermost one they begin.
struct ChannelSlices {
    struct Slice {
        var whole: ValueID
        var type: TensorType
        var firstChannel: Int
        /// Channels of the whole.
        var channels: Int { type.shape[1] }
    }

    private var parents: [ValueID: (whole: ValueID, firstChannel: Int)] = [:]
    private let types: InferredTypes

    init(_ graph: Graph, _ types: InferredTypes) {
        self.types = types
        for node in graph.nodes {
            guard let concat = node.operation as? Concat, concat.isInPlace, let output = node.outputs[0] else {
                continue
            }
            var channel = 0
            for case let input? in node.inputs {
                guard let type = types.knownType(input), type.shape.rank > 2 else { break }
                parents[input] = (output, channel)
                channel += type.shape[1]
            }
        }
    }

    /// The widest value that `value` is a slice of, through Concats of Concats.
    func outermost(of value: ValueID) -> Slice? {
        guard var (whole, channel) = parents[value] else { return nil }
        while let next = parents[whole] {
            whole = next.whole
            channel += next.firstChannel
        }
        guard let type = types.knownType(whole), type.elementType == .float32 else { return nil }
        return Slice(whole: whole, type: type, firstChannel: channel)
    }
}
