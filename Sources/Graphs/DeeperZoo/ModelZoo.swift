public import DeeperGraphs
import DeeperTensors

/// The networks that deeper can build itself, by name.
public enum ModelZoo {
    private enum Entry: String, CaseIterable {
        case googLeNet = "googlenet"
        case naive = "googlenet-naive"
        case training = "googlenet-train"
        case alexNet = "alexnet"
        case inceptionCIFAR10 = "inception-cifar10"
        case inceptionCIFAR10Training = "inception-cifar10-train"
    }

    /// The names that ``graph(named:classCount:extent:weights:)`` knows.
    public static let names = Entry.allCases.map(\.rawValue)

    /// Builds a network.
    ///
    /// - Parameter extent: height and width of the pictures; nil stands for the usual ones.
    /// - Throws: `invalidInput` listing the names for another one, for no classes or for an extent that the network
    ///   cannot take; what the weight source throws.
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
                .invalidInput, "there is no network \"\(name)\"; there are \(names.joined(separator: ", "))")
        }
        return try network.graph(weights: weights)
    }
}
