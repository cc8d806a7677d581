public import DeeperTensors

/// An operator whose outputs may be just channels of its first input. Such outputs can stay where the input is, without
/// a copy.
public protocol ChannelSelection: Operator {
    /// For each output the range of channels that it consists of, or nil if any output is something else.
    func channels(_ inputs: NodeInputs, outputs: [TensorType]) -> [Range<Int>]?
}
