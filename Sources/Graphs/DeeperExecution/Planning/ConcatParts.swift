import DeeperGraphs
internal import DeeperTensors

/// What the operands of Concats along channels are, taken together where several are one value already: all channels of a
/// value, cut by Split or Slice, or all operands of an earlier Concat.
///
/// Such a value can be made in its place as a whole: the convolution before a Split writes what the Concat after it puts side
/// by side again, and a dense block grows in one buffer.
struct ConcatParts {
    private let types: InferredTypes
    /// The value that another one is channels of, for every result of a Split or Slice that is no more than that.
    private var selections: [ValueID: (source: ValueID, channels: Range<Int>)] = [:]
    /// The longest Concat so far that begins with a value.
    private var beginning: [ValueID: (whole: ValueID, operands: [ValueID])] = [:]

    init(_ graph: Graph, _ types: InferredTypes) {
        self.types = types
        for (index, node) in graph.nodes.enumerated() {
            guard let operation = node.operation as? any ChannelSelection, let source = node.inputs[0] else { continue }
            guard let parts = operation.channels(types.inputs(of: node), outputs: types.nodeTypes[index]) else {
                continue
            }
            for case (let output?, let channels) in zip(node.outputs, parts) { selections[output] = (source, channels) }
        }
    }

    /// The values that lie side by side in `whole`, the Concat of `operands` along channels.
    mutating func values(of operands: [ValueID], makingUp whole: ValueID) -> [ValueID] {
        var result: [ValueID] = []
        var rest = operands[...]
        if let earlier = beginning[operands[0]], operands.count > earlier.operands.count,
            operands.starts(with: earlier.operands)
        {
            result.append(earlier.whole)
            rest = rest.dropFirst(earlier.operands.count)
        }
        beginning[operands[0]] = (whole, operands)
        while let next = rest.first {
            if let (value, count) = wholeValue(cutInto: rest) {
                result.append(value)
                rest = rest.dropFirst(count)
            } else {
                result.append(next)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    /// The value whose channels the first of `operands` are, all of them and in order, and how many operands they are.
    private func wholeValue(cutInto operands: ArraySlice<ValueID>) -> (value: ValueID, count: Int)? {
        guard let first = operands.first, let source = selections[first]?.source, let type = types.knownType(source)
        else { return nil }
        var (next, count) = (0, 0)
        for operand in operands {
            guard let part = selections[operand], part.source == source, part.channels.lowerBound == next else { break }
            (next, count) = (part.channels.upperBound, count + 1)
            if next == type.shape[1] { return (source, count) }
        }
        return nil
    }
}
