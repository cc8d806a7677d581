public import DeeperGraphs
import DeeperTensors

/// The built-in networks, which deeper can build without a model file, by name.
public enum ModelZoo {
    private enum Entry: String, CaseIterable {
        case googLeNet = "googlenet"
        case naive = "googlenet-naive"
        case training = "googlenet-train"
        case alexNet = "alexnet"
        case inceptionCIFAR10 = "inception-cifar10"
        case inceptionCIFAR10Training = "inception-cifar10-train"
    }

    /// The names that ``graph(named:classCount:extent:weights:)`` accepts.
    public static let names = Entry.allCases.map(\.rawValue)

    /// Builds a network.
    ///
    /// - Parameters:
    ///   - name: one of ``names``.
    ///   - classCount: the number of classes.
    ///   - extent: height and width of the pictures; nil means the network's usual extent.
    ///   - weights: where the weights come from.
    /// - Throws: `invalidInput` for an unknown name, with a list of the names, if there are no classes, or for an
    ///   extent that the network does not support; the error of the weight source.
    public static func graph(
        named name: String, classCount: Int = 1000, extent: Int? = nil, weights: WeightSource
    ) throws -> Graph {
        var network = GoogLeNet(classCount: classCount, height: extent ?? 224, width: extent ?? 224)
        switch Entry(rawValue: name) {
        case .googLeNet: break
        case .naive: network.form = .naive
        case .training: network.hasAuxiliaryHeads = true
        case .alexNet:
            guard [nil, AlexNet.inputExtent].contains(extent) else {
                throw DeeperError(
                    .invalidInput, "\(name) takes pictures of \(AlexNet.inputExtent) x \(AlexNet.inputExtent) only")
            }
            return try AlexNet(classCount: classCount).graph(weights: weights)
        case .inceptionCIFAR10, .inceptionCIFAR10Training:
            guard [nil, InceptionCIFAR10.inputExtent].contains(extent) else {
                throw DeeperError(
                    .invalidInput,
                    "\(name) takes pictures of \(InceptionCIFAR10.inputExtent) x \(InceptionCIFAR10.inputExtent) only")
            }
            return try InceptionCIFAR10(
                hasAuxiliaryHeads: Entry(rawValue: name) == .inceptionCIFAR10Training, classCount: classCount
            ).graph(weights: weights)
        case nil:
            throw DeeperError(
                .invalidInput, "unknown network \"\(name)\"; available: \(names.joined(separator: ", "))")
        }
        return try network.graph(weights: weights)
    }
}
