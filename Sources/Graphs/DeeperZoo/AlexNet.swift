public import DeeperGraphs
import DeeperTensors

/// AlexNet: Krizhevsky et al., ImageNet classification with deep convolutional neural networks (2012), in the form of
/// Caffe's `bvlc_alexnet`, with normalisation before pooling, and three convolutions in two groups.
///
/// From "data", N x 3 x 227 x 227, to "prob", N x `classCount`. With 1000 classes it has 60,965,224 parameters and
/// 724,406,816 MACs per picture.
public struct AlexNet: Sendable, Hashable {
    /// The number of classes.
    public var classCount: Int

    /// A network with this number of classes.
    public init(classCount: Int = 1000) { self.classCount = classCount }

    /// The name of the graph.
    public static let name = "alexnet"
    /// The height and width of the pictures, which are determined by the fully connected layers.
    public static let inputExtent = 227

    /// The network as a graph.
    ///
    /// - Throws: `invalidInput` if there are no classes; the error of the weight source.
    public func graph(weights: WeightSource) throws -> Graph {
        try locating(AlexNet.name) {
            var layers = LayerBuilder(AlexNet.name, weights: weights)
            var x = try layers.input(channels: 3, height: AlexNet.inputExtent, width: AlexNet.inputExtent)
            x = try layers.convolution("conv1", x, filters: 96, kernel: 11, stride: 4, relu: "relu1")
            x = try layers.localResponseNormalization("norm1", x)
            x = try layers.maxPool("pool1", x)
            x = try layers.convolution("conv2", x, filters: 256, kernel: 5, padding: 2, groups: 2, relu: "relu2")
            x = try layers.localResponseNormalization("norm2", x)
            x = try layers.maxPool("pool2", x)
            x = try layers.convolution("conv3", x, filters: 384, kernel: 3, padding: 1, relu: "relu3")
            x = try layers.convolution("conv4", x, filters: 384, kernel: 3, padding: 1, groups: 2, relu: "relu4")
            x = try layers.convolution("conv5", x, filters: 256, kernel: 3, padding: 1, groups: 2, relu: "relu5")
            x = try layers.maxPool("pool5", x)
            x = try layers.flatten("fc6_flat", x)
            x = try layers.dense("fc6", x, outputs: 4096, relu: "relu6")
            x = try layers.dropout("drop6", x, ratio: 0.5)
            x = try layers.dense("fc7", x, outputs: 4096, relu: "relu7")
            x = try layers.dropout("drop7", x, ratio: 0.5)
            x = try layers.classifier("fc8", x, classCount: classCount, probabilities: "prob")
            return try layers.finish(outputs: [x])
        }
    }
}
