public import DeeperTensors

/// An operator that may do no more than select channels of its first input: what it makes can lie where they do.
public protocol ChannelSelection: Operator {
    /// The channels that each output is, or nil if any of them is something else.
    func channels(_ inputs: NodeInputs, outputs: [TensorType]) -> [Range<Int>]?
}
