/// The number of filters of each convolution of an Inception module: a row of table 1 of arXiv 1409.4842.
public struct InceptionFilters: Sendable, Hashable {
    /// The 1x1 convolution of the input.
    public var conv1x1: Int
    /// The 1x1 convolution before the 3x3 one; unused in the naive form.
    public var reduce3x3: Int
    /// The 3x3 convolution.
    public var conv3x3: Int
    /// The 1x1 convolution before the 5x5 one; unused in the naive form.
    public var reduce5x5: Int
    /// The 5x5 convolution.
    public var conv5x5: Int
    /// The 1x1 convolution after the pooling; unused in the naive form.
    public var poolProjection: Int

    /// The filters of a module, in the order of the paper's table.
    public init(conv1x1: Int, reduce3x3: Int, conv3x3: Int, reduce5x5: Int, conv5x5: Int, poolProjection: Int) {
        self.conv1x1 = conv1x1
        self.reduce3x3 = reduce3x3
        self.conv3x3 = conv3x3
        self.reduce5x5 = reduce5x5
        self.conv5x5 = conv5x5
        self.poolProjection = poolProjection
    }

    /// The paper's columns in the paper's order.
    private init(_ columns: (Int, Int, Int, Int, Int, Int)) {
        (conv1x1, reduce3x3, conv3x3, reduce5x5, conv5x5, poolProjection) = columns
    }

    /// The module 3a of GoogLeNet.
    public static let inception3a = InceptionFilters((64, 96, 128, 16, 32, 32))
    /// The module 3b of GoogLeNet.
    public static let inception3b = InceptionFilters((128, 128, 192, 32, 96, 64))
    /// The module 4a of GoogLeNet.
    public static let inception4a = InceptionFilters((192, 96, 208, 16, 48, 64))
    /// The module 4b of GoogLeNet.
    public static let inception4b = InceptionFilters((160, 112, 224, 24, 64, 64))
    /// The module 4c of GoogLeNet.
    public static let inception4c = InceptionFilters((128, 128, 256, 24, 64, 64))
    /// The module 4d of GoogLeNet.
    public static let inception4d = InceptionFilters((112, 144, 288, 32, 64, 64))
    /// The module 4e of GoogLeNet.
    public static let inception4e = InceptionFilters((256, 160, 320, 32, 128, 128))
    /// The module 5a of GoogLeNet.
    public static let inception5a = InceptionFilters((256, 160, 320, 32, 128, 128))
    /// The module 5b of GoogLeNet.
    public static let inception5b = InceptionFilters((384, 192, 384, 48, 128, 128))
}
