/// A convolution of channels-last images: the window, the channels and how they are grouped.
public struct ConvolutionShape: Sendable, Hashable {
    public var window: WindowGeometry
    public var images: Int
    public var inputChannels: Int
    public var outputChannels: Int
    public var groups: Int
    /// Elements from one input pixel to the next.
    public var inputPitch: Int
    /// Where the output channels go: one part an output operand, in order, each with its own pitch.
    public var outputs: [OutputPart]
    /// Elements from one pixel to the next of a tensor that is added to the only output: the operand after the image, of float32
    /// before the activation, or, of 8-bit numbers, the operand before the output. Nil if there is none.
    public var residualPitch: Int?
    /// Operands between the image or the residual and the outputs that are weights which change from run to run: none,
    /// panels, or panels and bias.
    var weightOperands = 0

    /// A run of output channels that becomes one operand.
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
    /// Every channel has one filter of its own.
    public var isDepthwise: Bool { groups == inputChannels && groups == outputChannels && groups > 1 }
    /// Groups of a few filters and no more channels: a vector register holds the filters of several groups. A panel of
    /// packed filters would be mostly zeros.
    var hasNarrowGroups: Bool {
        groups > 1 && [2, 4, 8].contains(filtersPerGroup) && channelsPerGroup <= filtersPerGroup && window.isPlanar
            && (window.dilation[2] == 1 || window.stride[2] == 1)
    }
}
