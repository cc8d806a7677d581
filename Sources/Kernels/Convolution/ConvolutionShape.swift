/// A convolution of channels-last images: the window, the channels and how they are grouped.
public struct ConvolutionShape: Sendable {
    public var window: WindowGeometry
    public var images: Int
    public var inputChannels: Int
    public var outputChannels: Int
    public var groups: Int
    /// Floats from one input pixel to the next.
    public var inputPitch: Int
    /// Where the output channels go: one part an output operand, in order, each with its own pitch.
    public var outputs: [OutputPart]

    /// A run of output channels that becomes one operand.
    public struct OutputPart: Sendable {
        public var channels: Int
        public var pitch: Int
        public init(channels: Int, pitch: Int) {
            self.channels = channels
            self.pitch = pitch
        }
    }

    public init(
        window: WindowGeometry, images: Int, inputChannels: Int, outputChannels: Int, groups: Int, inputPitch: Int,
        outputs: [OutputPart]
    ) {
        precondition(groups > 0 && inputChannels % groups == 0 && outputChannels % groups == 0)
        precondition(outputs.reduce(0) { $0 + $1.channels } == outputChannels)
        self.window = window
        self.images = images
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.groups = groups
        self.inputPitch = inputPitch
        self.outputs = outputs
    }

    public var channelsPerGroup: Int { inputChannels / groups }
    public var filtersPerGroup: Int { outputChannels / groups }
    /// Rows of a group's weight matrix: taps times input channels of the group.
    public var reduction: Int { window.taps * channelsPerGroup }
    /// Every channel has one filter of its own.
    public var isDepthwise: Bool { groups == inputChannels && groups == outputChannels && groups > 1 }
}
