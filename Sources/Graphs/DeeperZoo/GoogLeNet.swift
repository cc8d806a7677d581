public import DeeperGraphs
import DeeperTensors

/// GoogLeNet: Szegedy et al., Going deeper with convolutions (arXiv 1409.4842, table 1), with the names, the pooling
/// (extents are rounded up) and the normalisation of Caffe's `bvlc_googlenet`.
///
/// From "data", N x 3 x H x W, to "prob", N x `classCount`. At 224 x 224 with 1000 classes the reduced form has
/// 6,998,552 parameters and 1,582,671,872 MACs per picture; the naive form, whose modules grow to 4,944 channels, has
/// 97,526,008 parameters and 12,568 million MACs.
public struct GoogLeNet: Sendable, Hashable {
    /// The form of the nine Inception modules.
    public var form: InceptionForm
    /// Whether the graph has the two classifiers on intermediate layers that help training. Their softmax results, N x
    /// `classCount`, are the further outputs "loss1/prob" and "loss2/prob".
    public var hasAuxiliaryHeads: Bool
    /// The number of classes.
    public var classCount: Int
    /// The height of the pictures, at least ``smallestExtent``.
    public var height: Int
    /// The width of the pictures, at least ``smallestExtent``.
    public var width: Int

    /// A network; the defaults are those of the paper, without the heads.
    public init(
        form: InceptionForm = .reduced, hasAuxiliaryHeads: Bool = false, classCount: Int = 1000, height: Int = 224,
        width: Int = 224
    ) {
        self.form = form
        self.hasAuxiliaryHeads = hasAuxiliaryHeads
        self.classCount = classCount
        self.height = height
        self.width = width
    }

    /// The smallest height and width: at 47 the last 3x3 pooling gets 3x3 pixels, at 79 the heads' 5x5 pooling 5x5.
    public var smallestExtent: Int { hasAuxiliaryHeads ? 79 : 47 }

    /// The name of the graph: `googlenet`, `googlenet-naive`, `googlenet-train` or `googlenet-naive-train`.
    public var name: String {
        "googlenet" + (form == .naive ? "-naive" : "") + (hasAuxiliaryHeads ? "-train" : "")
    }

    /// The network as a graph. The final pooling is over the whole plane, 7 x 7 at 224 x 224, and dropout is kept as
    /// in Caffe's file, though it does nothing at inference.
    ///
    /// - Throws: `invalidInput` if the pictures are too small or there are no classes; the error of the weight source.
    public func graph(weights: WeightSource) throws -> Graph {
        try locating(name) {
            guard min(height, width) >= smallestExtent else {
                throw DeeperError(
                    .invalidInput,
                    "pictures of \(height) x \(width) are too small, expected at least \(smallestExtent) x \(smallestExtent)"
                )
            }
            var layers = LayerBuilder(name, weights: weights)
            var heads: [Operand] = []
            var x = try layers.input(channels: 3, height: height, width: width)
            x = try layers.convolution(
                "conv1/7x7_s2", x, filters: 64, kernel: 7, stride: 2, padding: 3, relu: "conv1/relu_7x7")
            x = try layers.maxPool("pool1/3x3_s2", x)
            x = try layers.localResponseNormalization("pool1/norm1", x)
            x = try layers.convolution("conv2/3x3_reduce", x, filters: 64, kernel: 1)
            x = try layers.convolution("conv2/3x3", x, filters: 192, kernel: 3, padding: 1)
            x = try layers.localResponseNormalization("conv2/norm2", x)
            x = try layers.maxPool("pool2/3x3_s2", x)
            x = try layers.inception("inception_3a", x, .inception3a, form)
            x = try layers.inception("inception_3b", x, .inception3b, form)
            x = try layers.maxPool("pool3/3x3_s2", x)
            x = try layers.inception("inception_4a", x, .inception4a, form)
            if hasAuxiliaryHeads { heads.append(try layers.auxiliaryHead("loss1", x, classCount: classCount)) }
            x = try layers.inception("inception_4b", x, .inception4b, form)
            x = try layers.inception("inception_4c", x, .inception4c, form)
            x = try layers.inception("inception_4d", x, .inception4d, form)
            if hasAuxiliaryHeads { heads.append(try layers.auxiliaryHead("loss2", x, classCount: classCount)) }
            x = try layers.inception("inception_4e", x, .inception4e, form)
            x = try layers.maxPool("pool4/3x3_s2", x)
            x = try layers.inception("inception_5a", x, .inception5a, form)
            x = try layers.inception("inception_5b", x, .inception5b, form)
            x = try layers.averagePool("pool5/7x7_s1", x)
            x = try layers.dropout("pool5/drop_7x7_s1", x, ratio: 0.4)
            x = try layers.flatten("loss3/classifier_flat", x)
            x = try layers.classifier("loss3/classifier", x, classCount: classCount, probabilities: "prob")
            return try layers.finish(outputs: [x] + heads)
        }
    }
}

extension LayerBuilder {
    /// A classifier on an intermediate layer (arXiv 1409.4842, section 5): N x C x H x W to N x K.
    ///
    /// Average pooling 5x5/3, 1x1 convolutions, fully connected units, dropout, and K logits; the paper has 128
    /// filters, 1024 units and drops 70 %. The fully connected layer reads the result of the pooling: 4 x 4 pixels for
    /// 14 x 14.
    mutating func auxiliaryHead(
        _ name: String, _ input: Operand, filters: Int = 128, units: Int = 1024, dropped: Float = 0.7, classCount: Int
    ) throws -> Operand {
        var x = try averagePool("\(name)/ave_pool", input, kernel: [5, 5], stride: 3)
        x = try convolution("\(name)/conv", x, filters: filters, kernel: 1)
        x = try flatten("\(name)/fc_flat", x)
        x = try dense("\(name)/fc", x, outputs: units, relu: "\(name)/relu_fc")
        x = try dropout("\(name)/drop_fc", x, ratio: dropped)
        return try classifier("\(name)/classifier", x, classCount: classCount, probabilities: "\(name)/prob")
    }
}
