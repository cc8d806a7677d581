public import Graphs
import Tensors

/// The networks that deeper can build itself, by name.
public enum ModelZoo {
    private enum Entry: String, CaseIterable {
        case googLeNet = "googlenet"
        case naive = "googlenet-naive"
        case training = "googlenet-train"
        case alexNet = "alexnet"
    }

    /// The names that ``graph(named:classCount:weights:)`` knows.
    public static let names = Entry.allCases.map(\.rawValue)

    /// Builds a network for pictures of its usual extents.
    ///
    /// - Throws: `invalidInput` listing the names for another one, or for no classes; what the weight source throws.
    public static func graph(named name: String, classCount: Int = 1000, weights: WeightSource) throws -> Graph {
        switch Entry(rawValue: name) {
        case .googLeNet: return try GoogLeNet(classCount: classCount).graph(weights: weights)
        case .naive: return try GoogLeNet(form: .naive, classCount: classCount).graph(weights: weights)
        case .training: return try GoogLeNet(hasAuxiliaryHeads: true, classCount: classCount).graph(weights: weights)
        case .alexNet: return try AlexNet(classCount: classCount).graph(weights: weights)
        case nil:
            throw DeeperError(
                .invalidInput, "there is no network \"\(name)\"; there are \(names.joined(separator: ", "))")
        }
    }
}
