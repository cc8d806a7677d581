internal import DeeperTensors

/// The recipes that ship with deeper, in the form of configuration files. The data sets are given on the command line.
public enum ReadyRecipe: String, Sendable, CaseIterable {
    /// GoogLeNet on CIFAR-10 as the article trains it, with the listing's mistakes corrected.
    case article = "googlenet-cifar10-article"
    /// GoogLeNet on CIFAR-10 scaled to 224 x 224, for the best accuracy.
    case googleNet = "googlenet-cifar10-224"
    /// The compact network `inception-cifar10`, as the built-in model was trained.
    case inception = "inception-cifar10"

    /// The file's text.
    public var json: String {
        switch self {
        case .article:
            """
            // GoogLeNet on CIFAR-10 as the article trains it: pictures scaled to 224 x 224 and divided by 255, both
            // auxiliary classifiers, SGD with momentum, a learning rate that is reduced by 4 % every 8 epochs. Mistakes
            // in the article's listing are corrected: the 5x5 branch has a 5x5 kernel, labels are not divided, every
            // pooling is applied. LRN and dropout are those of the paper, which defines the network.
            {
              network: "googlenet-train",
              classes: 10,
              extent: 224,
              batch: 256,
              epochs: 25,
              normalization: {order: "rgb", scale: 0.00392156862745098, mean: [0, 0, 0], std: [1, 1, 1]},
              initial: {method: "glorot", bias: 0.2},
              loss: {weights: [1, 0.3, 0.3]},
              optimizer: {kind: "sgd", momentum: 0.9},
              schedule: {kind: "stepped", rate: 0.01, factor: 0.96, every: 8},
            }
            """
        case .googleNet:
            """
            // GoogLeNet on CIFAR-10 scaled to 224 x 224, for the best accuracy: crops and distortions of the paper,
            // mean subtraction, weight decay of Caffe's recipe, an average of the weights.
            {
              network: "googlenet-train",
              classes: 10,
              extent: 224,
              batch: 64,
              epochs: 30,
              augmentation: {mirrors: true, cropsArea: true, leastArea: 0.35, distortion: 0.2},
              normalization: {order: "rgb", scale: 0.01568627450980392, mean: [1.966, 1.928, 1.786], std: [1, 1, 1]},
              initial: {method: "he", bias: 0.2},
              loss: {weights: [1, 0.3, 0.3]},
              optimizer: {kind: "sgd", momentum: 0.9, weightDecay: 0.0002, biasRate: 2, largestGradientNorm: 10, averageShare: 0.001},
              schedule: {kind: "cosine", rate: 0.01, warmup: 1},
            }
            """
        case .inception:
            """
            // A compact Inception network with batch normalisation on pictures of 32 x 32, with both auxiliary heads.
            // The built-in model was trained with this recipe.
            {
              network: "inception-cifar10-train",
              classes: 10,
              batch: 128,
              epochs: 30,
              augmentation: {mirrors: true, padCrop: 4, distortion: 0.15},
              normalization: {
                order: "rgb", scale: 0.00392156862745098, mean: [0.4914, 0.4822, 0.4465], std: [0.2470, 0.2435, 0.2616],
              },
              initial: {method: "he", bias: 0},
              loss: {weights: [1, 0.3, 0.3], smoothing: 0.05},
              optimizer: {kind: "nesterov", momentum: 0.9, weightDecay: 0.0005, averageShare: 0.002},
              schedule: {kind: "cosine", rate: 0.1, warmup: 1},
            }
            """
        }
    }

    /// - Throws: never for a recipe that has been tested.
    public func configuration() throws -> TrainingConfiguration {
        try locating(rawValue) { try TrainingConfiguration(json: json) }
    }
}
