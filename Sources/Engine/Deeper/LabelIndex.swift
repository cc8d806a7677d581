/// Finds the outputs of a network by the names of their classes.
///
/// A label is a name (`tench`), several names (`tench, Tinca tinca`) or either of these after a WordNet number
/// (`n01440764 tench, Tinca tinca`, as in the lines of ImageNet's `synset_words.txt`). A class is compared with the
/// labels in this order: the exact label; the label's WordNet number, with which the class may begin; the whole label;
/// all its names; its first name; any of its names. The first comparison that matches a label decides. All comparisons
/// except for the first ignore case and treat `_` as a space. The names of ``ImageNetClasses`` are also found by their
/// WordNet numbers.
public struct LabelIndex: Sendable {
    private let exact: [String: [Int]]
    /// Outputs by simplified text, one table per comparison, from the strictest to the loosest.
    private let ways: [[String: [Int]]]

    /// - Parameter labels: the labels of all outputs, in their order.
    public init(_ labels: [String]) {
        var exact: [String: [Int]] = [:]
        var ways = [[String: [Int]]](repeating: [:], count: 5)
        let isImageNet = labels == ImageNetClasses.names
        for (output, label) in labels.enumerated() {
            exact[label, default: []].append(output)
            let parts = LabelIndex.parts(label)
            let number = parts.number ?? (isImageNet ? ImageNetClasses.wnids[output] : nil)
            let keys: [[String]] = [
                number.map { [$0] } ?? [], [label], [parts.names], Array(parts.all.prefix(1)), parts.all,
            ]
            for (way, keys) in keys.enumerated() {
                for key in Set(keys.map(LabelIndex.simplified)) where !key.isEmpty {
                    ways[way][key, default: []].append(output)
                }
            }
        }
        (self.exact, self.ways) = (exact, ways)
    }

    /// The outputs whose label matches a name best: none, one, or several if the name is ambiguous.
    public func outputs(named name: String) -> [Int] {
        if let found = exact[name] { return found }
        if let number = LabelIndex.parts(name).number, let found = ways[0][number] { return found }
        let key = LabelIndex.simplified(name)
        for way in ways { if let found = way[key] { return found } }
        return []
    }

    /// The parts of a label: its WordNet number if it has one, the rest, and the names in the rest.
    private static func parts(_ label: String) -> (number: String?, names: String, all: [String]) {
        let words = label.split(maxSplits: 1) { $0.isWhitespace || $0 == "_" }.map(String.init)
        var (number, names) = (String?.none, label)
        if let first = words.first, isWordNetNumber(first) {
            (number, names) = (first, words.count > 1 ? words[1] : "")
        }
        return (number, names, names.split(separator: ",").map(String.init))
    }

    /// Whether a word is "n" and eight digits, as in ImageNet.
    private static func isWordNetNumber(_ word: String) -> Bool {
        word.utf8.count == 9 && word.utf8.first == UInt8(ascii: "n")
            && word.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }

    /// The text in lower case, with single spaces for white space and `_`, and none at its ends.
    private static func simplified(_ text: String) -> String {
        text.lowercased().split { $0.isWhitespace || $0 == "_" }.joined(separator: " ")
    }
}
