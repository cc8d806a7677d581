internal import DeeperGraphs
internal import DeeperTensors

/// The order of the axes in which a model takes pictures.
public enum PictureLayout: String, Sendable, CaseIterable {
    /// [N, C, H, W]: one plane after the other.
    case nchw
    /// [N, H, W, C]: the channels of each pixel together, as in TensorFlow.
    case nhwc

    /// The axes of channels, height and width.
    var axes: (channels: Int, height: Int, width: Int) { self == .nchw ? (1, 2, 3) : (3, 1, 2) }
}

extension Graph {
    /// The layout of the first input, by its declared shape: NHWC if it has four axes, of which the last has extent 1
    /// or 3 and the second does not; otherwise NCHW.
    var pictureLayout: PictureLayout { hasChannels(1) == false && hasChannels(3) == true ? .nhwc : .nchw }

    /// Whether the first input has four axes and both the second and the last have extent 1 or 3.
    var hasAmbiguousPictureLayout: Bool { hasChannels(1) == true && hasChannels(3) == true }

    /// Whether an axis of the first input has extent 1 or 3; nil unless the input has four axes.
    private func hasChannels(_ axis: Int) -> Bool? {
        guard let dimensions = inputs.first(where: { constants[$0.value] == nil })?.type.dimensions,
            dimensions.count == 4
        else { return nil }
        return [.fixed(1), .fixed(3)].contains(dimensions[axis])
    }
}

extension Model {
    /// Whether the shape of the input leaves open which of its axes is the channel axis. ``pictureLayout`` is then
    /// NCHW, unless it was changed.
    package var hasAmbiguousPictureLayout: Bool { graph.hasAmbiguousPictureLayout }
}
