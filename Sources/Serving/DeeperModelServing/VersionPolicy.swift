#if Server
internal import DeeperTensors

/// The versions to serve of a model in a folder with one subfolder per version.
public enum VersionPolicy: Sendable, Hashable, CustomStringConvertible {
    /// Every version.
    case all
    /// The newest versions, up to this number.
    case latest(Int)
    /// The versions with these numbers.
    case specific([Int])

    /// - Parameter text: `all`, `latest:2` or `specific:1,3`.
    /// - Throws: `invalidInput`.
    public init(_ text: String) throws {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let numbers = parts.dropFirst().flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
            .map { Int($0) }
        switch parts.first {
        case "all" where parts.count == 1: self = .all
        case "latest" where parts.count == 1: self = .latest(1)
        case "latest":
            guard numbers.count == 1, let count = numbers[0], count > 0 else { throw Self.malformed(text) }
            self = .latest(count)
        case "specific":
            let known = numbers.compactMap(\.self)
            guard !known.isEmpty, known.count == numbers.count, known.allSatisfy({ $0 > 0 }) else {
                throw Self.malformed(text)
            }
            self = .specific(known)
        default: throw Self.malformed(text)
        }
    }

    private static func malformed(_ text: String) -> DeeperError {
        DeeperError(
            .invalidInput,
            "the version policy is \"\(text)\", expected all, latest, latest:COUNT or specific:NUMBER,...")
    }

    public var description: String {
        switch self {
        case .all: "all"
        case .latest(let count): "latest:\(count)"
        case .specific(let numbers): "specific:\(numbers.map(String.init).joined(separator: ","))"
        }
    }

    /// The versions to serve.
    ///
    /// - Parameter numbers: the existing versions, in ascending order.
    func chosen(of numbers: [Int]) -> [Int] {
        switch self {
        case .all: numbers
        case .latest(let count): numbers.suffix(count)
        case .specific(let wanted): numbers.filter(wanted.contains)
        }
    }
}
#endif
