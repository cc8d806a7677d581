import DeeperGraphs
internal import DeeperTensors

/// The parts that a Concat along channels consists of. Several operands count as one part where they already make up
/// one value: all channels of a value that was cut by Split or Slice, or all operands of an earlier Concat.
///
/// Such a value can be written directly into the Concat's result: the convolution before a Split writes what the Concat
/// after it joins again, and a dense block grows in one buffer.
struct ConcatParts {
    private let types: InferredTypes
    /// For every result of a Split or Slice that is just a range of channels: the value it was cut from, and the range.
    private var selections: [ValueID: (source: ValueID, channels: Range<Int>)] = [:]
    /// By first operand: the latest Concat seen so far that begins with it.
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

    /// The values that make up `whole`, the Concat of `operands` along channels, in order.
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

    /// The value that the first operands are cut from, if together they are all of its channels in order, and how many
    /// operands that takes.
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
