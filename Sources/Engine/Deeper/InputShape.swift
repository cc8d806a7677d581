/// The shape of one of a model's inputs, as it is written on a command line: `images=1,3,640,640`, or `1,3,640,640` for
/// the only input.
public struct InputShape: Sendable, Hashable {
    /// The input's name; nil for a model's only input.
    public let name: String?
    /// All extents, including the batch.
    public let extents: [Int]

    /// The shape of one input. Leave the name out if the model has one input.
    public init(name: String? = nil, extents: [Int]) {
        self.name = name
        self.extents = extents
    }

    /// Parses a shape; nil if the text is not a shape or has an extent of 2^31 or more.
    public init?(_ text: String) {
        // Names may contain the equals sign too.
        let split = text.lastIndex(of: "=")
        let parts = text[(split.map { text.index(after: $0) } ?? text.startIndex)...]
            .split(separator: ",", omittingEmptySubsequences: false)
        let extents = parts.compactMap { Int($0) }
        guard extents.count == parts.count, extents.allSatisfy({ (0...Int(Int32.max)).contains($0) }) else {
            return nil
        }
        self.init(name: split.map { String(text[..<$0]) }, extents: extents)
    }
}
