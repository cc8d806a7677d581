internal import DeeperTensors

/// The output of a network that belongs to each class of a data set.
///
/// If the outputs have labels, a class belongs to the output whose label matches its name. Without labels the first
/// class belongs to the first output and so on, which can only be right if there are as many classes as outputs.
public struct ClassMatching: Sendable, Hashable {
    /// The property that the matching is based on.
    public enum Basis: Sendable, Hashable {
        /// The names of the classes were matched with the labels of the outputs.
        case labels
        /// Class k belongs to output k.
        case order
    }

    /// The output of every class, in the order of the data set's labels.
    public let outputs: [Int]
    /// Whether classes were matched by their names or by their order.
    public let basis: Basis

    /// Matches classes that have names, such as folders.
    ///
    /// - Parameters:
    ///   - names: the names of the classes, indexed by the data set's labels.
    ///   - labels: the labels of all outputs in their order (see ``LabelIndex`` for their forms), or nil.
    ///   - outputCount: the number of the network's outputs.
    /// - Throws: `invalidInput` if there are not as many labels as outputs; with labels, if a name matches no label or
    ///   several, or if two names match the same one; without labels, if there are not as many classes as outputs.
    public init(names: [String], labels: [String]?, outputCount: Int) throws {
        guard let labels else {
            guard names.count == outputCount else {
                throw DeeperError(
                    .invalidInput,
                    "the data set has \(names.count) classes and the network has \(outputCount) outputs, so the "
                        + "classes cannot be matched by their order; give the labels of all outputs (--labels FILE, "
                        + "one per line in the order of the outputs) to match the classes by name")
            }
            (outputs, basis) = (Array(0..<outputCount), .order)
            return
        }
        guard labels.count == outputCount else {
            throw DeeperError(
                .invalidInput,
                "there are \(labels.count) labels for \(outputCount) outputs of the network; expected one for each")
        }
        (outputs, basis) = (try ClassMatching.outputs(of: names, LabelIndex(labels), labels), .labels)
    }

    /// Matches classes that only have numbers: class k is output k.
    ///
    /// - Throws: `invalidInput` if there are more classes than outputs.
    public init(classCount: Int, outputCount: Int) throws {
        guard classCount <= outputCount else {
            throw DeeperError(
                .invalidInput,
                "the data set has labels up to \(classCount - 1), but the network only has outputs 0 to "
                    + "\(outputCount - 1); it was not trained for these classes")
        }
        (outputs, basis) = (Array(0..<classCount), .order)
    }

    private static func outputs(of names: [String], _ index: LabelIndex, _ labels: [String]) throws -> [Int] {
        let found = names.map { index.outputs(named: $0) }
        let unknown = zip(names, found).filter { $0.1.isEmpty }.map { quoted($0.0) }
        guard unknown.isEmpty else {
            throw DeeperError(
                .invalidInput,
                "no label of the network matches \(unknown.count == 1 ? "the class" : "the classes") \(list(unknown)); "
                    + "the network's \(labels.count) labels are \(list(labels.map(quoted))). Rename the class or leave "
                    + "it out")
        }
        if let (name, several) = zip(names, found).first(where: { $0.1.count > 1 }) {
            throw DeeperError(
                .invalidInput,
                "the class \(quoted(name)) matches several labels: "
                    + list(several.map { "output \($0) \(quoted(labels[$0]))" })
                    + "; rename the class so that it matches only one, for example by its WordNet number")
        }
        var taken: [Int: String] = [:]
        for (name, outputs) in zip(names, found) {
            if let other = taken.updateValue(name, forKey: outputs[0]) {
                throw DeeperError(
                    .invalidInput,
                    "the classes \(quoted(other)) and \(quoted(name)) both match the label "
                        + "\(quoted(labels[outputs[0]])) of output \(outputs[0]); merge them")
            }
        }
        return found.map { $0[0] }
    }

    private static func quoted(_ name: String) -> String { "\"\(name)\"" }

    /// The first ten names, and the number of the others.
    private static func list(_ names: [String]) -> String {
        names.prefix(10).joined(separator: ", ") + (names.count > 10 ? " and \(names.count - 10) more" : "")
    }
}
