public import DeeperGraphs
import DeeperTensors

/// A compact Inception network for pictures of 32 x 32: five reduced modules with batch normalisation after every
/// convolution, for training and running on CPUs.
///
/// From "data", N x 3 x 32 x 32, to "prob", N x `classCount`. For ten classes it has 79,556,352 MACs and 567,562
/// parameters, including the moments. Modules are those of arXiv 1409.4842 with fewer filters; batch normalisation is
/// that of arXiv 1502.03167.
public struct InceptionCIFAR10: Sendable, Hashable {
    /// Whether the graph has two classifiers on intermediate layers that help training: the outputs "loss1/prob" and
    /// "loss2/prob".
    public var hasAuxiliaryHeads: Bool
    /// The number of classes.
    public var classCount: Int

    /// A network for inference; `hasAuxiliaryHeads` makes one for training.
    public init(hasAuxiliaryHeads: Bool = false, classCount: Int = 10) {
        self.hasAuxiliaryHeads = hasAuxiliaryHeads
        self.classCount = classCount
    }

    /// The height and width of the pictures.
    public static let inputExtent = 32

    /// The name of the graph: `inception-cifar10` or `inception-cifar10-train`.
    public var name: String { "inception-cifar10" + (hasAuxiliaryHeads ? "-train" : "") }

    /// The network as a graph.
    ///
    /// - Throws: `invalidInput` if there are no classes; the error of the weight source.
    public func graph(weights: WeightSource) throws -> Graph {
        try locating(name) {
            var layers = LayerBuilder(name, weights: weights, normalizes: true)
            var heads: [Operand] = []
            let extent = InceptionCIFAR10.inputExtent
            var x = try layers.input(channels: 3, height: extent, width: extent)
            x = try layers.convolution("conv1/3x3", x, filters: 32, kernel: 3, padding: 1)
            x = try layers.inception("inception_3a", x, filters(16, 16, 32, 8, 16, 16), .reduced)
            x = try layers.maxPool("pool3/3x3_s2", x)
            x = try layers.inception("inception_3b", x, filters(32, 32, 64, 8, 16, 16), .reduced)
            if hasAuxiliaryHeads { heads.append(try head("loss1", x, &layers)) }
            x = try layers.inception("inception_4a", x, filters(48, 48, 80, 16, 32, 32), .reduced)
            x = try layers.inception("inception_4b", x, filters(48, 48, 96, 16, 32, 32), .reduced)
            if hasAuxiliaryHeads { heads.append(try head("loss2", x, &layers)) }
            x = try layers.maxPool("pool4/3x3_s2", x)
            x = try layers.inception("inception_5a", x, filters(80, 64, 128, 16, 48, 48), .reduced)
            x = try layers.inception("inception_5b", x, filters(96, 80, 160, 24, 64, 64), .reduced)
            x = try layers.averagePool("pool5", x)
            x = try layers.dropout("pool5/drop", x, ratio: 0.3)
            x = try layers.flatten("loss3/classifier_flat", x)
            x = try layers.classifier("loss3/classifier", x, classCount: classCount, probabilities: "prob")
            return try layers.finish(outputs: [x] + heads)
        }
    }

    private func filters(
        _ conv1x1: Int, _ reduce3x3: Int, _ conv3x3: Int, _ reduce5x5: Int, _ conv5x5: Int, _ poolProjection: Int
    ) -> InceptionFilters {
        InceptionFilters(
            conv1x1: conv1x1, reduce3x3: reduce3x3, conv3x3: conv3x3, reduce5x5: reduce5x5, conv5x5: conv5x5,
            poolProjection: poolProjection)
    }

    /// The paper's head with fewer filters and units.
    private func head(_ name: String, _ input: Operand, _ layers: inout LayerBuilder) throws -> Operand {
        try layers.auxiliaryHead(name, input, filters: 64, units: 128, dropped: 0.5, classCount: classCount)
    }
}
