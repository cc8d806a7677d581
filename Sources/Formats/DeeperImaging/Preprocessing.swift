/// Describes how a picture becomes the input of a network: resize, centre crop, choice of channels, normalisation.
///
/// Output channel c at each pixel is `(sample[c] * scale - mean[c]) / std[c]`, where `sample` holds the pixel's
/// channels in the order of ``channels`` and every sample is 0...255. It is computed in double precision and rounded
/// to `Float` once. The output is planar: channels x height x width.
public struct Preprocessing: Sendable, Hashable, Codable {
    /// How a picture is resized.
    public enum Resize: Sendable, Hashable, Codable {
        /// To exactly this extent; the aspect ratio is not kept.
        case exact(width: Int, height: Int)
        /// The shorter side to `length`, the longer side to `length * longer / shorter` rounded down, as in
        /// torchvision.
        case shorterSide(length: Int)
    }

    /// The channels of the output, in order.
    public enum Channels: String, Sendable, Hashable, Codable, CaseIterable {
        /// Red, green, blue.
        case rgb
        /// Blue, green, red, as in Caffe's networks.
        case bgr
        /// One channel, Rec. 601 luma as in Pillow's `convert("L")`: (19595 R + 38470 G + 7471 B + 32768) >> 16.
        case luma

        /// The number of channels.
        public var count: Int { self == .luma ? 1 : 3 }
    }

    /// The first step, or nil to keep the picture's extent.
    public var resize: Resize?
    /// The filter of the first step.
    public var filter: ResizeFilter
    /// The extent that is cut out of the middle after resizing, or nil to keep everything.
    public var centreCrop: Extent?
    /// The channels of the output and their order.
    public var channels: Channels
    /// The factor by which samples are multiplied before the mean is subtracted.
    public var scale: Double
    /// The values that are subtracted, one for each output channel.
    public var mean: [Double]
    /// The divisors of the last step, one for each output channel, none of them 0.
    public var std: [Double]

    /// Makes a preprocessing. Without arguments, it returns red, green and blue as 0...255.
    ///
    /// `mean` and `std` default to zeros and ones for `channels`. All values are checked when they are used.
    public init(
        resize: Resize? = nil, filter: ResizeFilter = .bilinear, centreCrop: Extent? = nil, channels: Channels = .rgb,
        scale: Double = 1, mean: [Double]? = nil, std: [Double]? = nil
    ) {
        self.resize = resize
        self.filter = filter
        self.centreCrop = centreCrop
        self.channels = channels
        self.scale = scale
        self.mean = mean ?? [Double](repeating: 0, count: channels.count)
        self.std = std ?? [Double](repeating: 1, count: channels.count)
    }
}
