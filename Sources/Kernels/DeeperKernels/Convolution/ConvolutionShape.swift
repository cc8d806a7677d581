/// The shape of a convolution of channels-last images: the window, the channels and their groups, and the pitches of
/// the operands.
public struct ConvolutionShape: Sendable, Hashable {
    public var window: WindowGeometry
    public var images: Int
    public var inputChannels: Int
    public var outputChannels: Int
    public var groups: Int
    /// The distance in elements from one input pixel to the next.
    public var inputPitch: Int
    /// The division of the output channels among output operands: one part per operand, in order, each with its own
    /// pitch.
    public var outputs: [OutputPart]
    /// The distance in elements from one pixel to the next of the residual, a tensor that is added to the only output;
    /// nil if there is none. A float32 residual is the operand after the image and is added before the activation; an
    /// 8-bit residual is the operand before the output.
    public var residualPitch: Int?
    /// The number of operands, between the image or the residual and the outputs, that are weights which change from
    /// run to run: 0, 1 (panels) or 2 (panels and bias).
    var weightOperands = 0

    /// Consecutive output channels that become one operand.
    public struct OutputPart: Sendable, Hashable {
        public var channels: Int
        public var pitch: Int
        public init(channels: Int, pitch: Int) {
            self.channels = channels
            self.pitch = pitch
        }
    }

    public init(
        window: WindowGeometry, images: Int, inputChannels: Int, outputChannels: Int, groups: Int, inputPitch: Int,
        outputs: [OutputPart], residualPitch: Int? = nil
    ) {
        precondition(groups > 0 && inputChannels % groups == 0 && outputChannels % groups == 0)
        precondition(outputs.reduce(0) { $0 + $1.channels } == outputChannels)
        precondition(residualPitch == nil || outputs.count == 1)
        self.window = window
        self.images = images
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.groups = groups
        self.inputPitch = inputPitch
        self.outputs = outputs
        self.residualPitch = residualPitch
    }

    public var channelsPerGroup: Int { inputChannels / groups }
    public var filtersPerGroup: Int { outputChannels / groups }
    /// Rows of a group's weight matrix: taps times input channels of the group.
    public var reduction: Int { window.taps * channelsPerGroup }
    /// Multiply-accumulates.
    public var macCount: Int { images * window.outputPixels * outputChannels * reduction }
    /// The operand that is output 0.
    var firstOutput: Int { (residualPitch == nil ? 1 : 2) + weightOperands }
    /// Whether every channel has one filter of its own.
    public var isDepthwise: Bool { groups == inputChannels && groups == outputChannels && groups > 1 }
    /// Whether groups have only a few filters, and at most as many channels. A vector register then holds the filters
    /// of several groups, while a panel of packed filters would be mostly zeros.
    var hasNarrowGroups: Bool {
        groups > 1 && [2, 4, 8].contains(filtersPerGroup) && channelsPerGroup <= filtersPerGroup && window.isPlanar
            && (window.dilation[2] == 1 || window.stride[2] == 1)
    }
}
