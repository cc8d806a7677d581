public import DeeperTensors

/// Reads a node's attributes for the operator that is made from it: one by one, with a check of their kinds. At the
/// end, ``finish()`` rejects attributes that the operator did not read.
public struct AttributeReader {
    /// The version of the operator set that the node was written for.
    public let opset: Int
    /// How many outputs the node has.
    public let outputCount: Int
    private let values: [String: AttributeValue]
    private var unread: Set<String>

    public init(opset: Int, outputCount: Int = 1, _ values: [String: AttributeValue] = [:]) {
        self.opset = opset
        self.outputCount = outputCount
        self.values = values
        self.unread = Set(values.keys)
    }

    public mutating func int(_ name: String) throws -> Int? {
        switch take(name) {
        case nil: return nil
        case .int(let value): return value
        case let other?: throw mismatch(name, "int", other)
        }
    }

    public mutating func int(_ name: String, default value: Int) throws -> Int { try int(name) ?? value }

    /// Reads an int that stands for a Boolean.
    public mutating func flag(_ name: String, default value: Bool = false) throws -> Bool {
        try int(name).map { $0 != 0 } ?? value
    }

    public mutating func float(_ name: String) throws -> Float? {
        switch take(name) {
        case nil: return nil
        case .float(let value): return value
        case let other?: throw mismatch(name, "float", other)
        }
    }

    public mutating func float(_ name: String, default value: Float) throws -> Float { try float(name) ?? value }

    public mutating func string(_ name: String) throws -> String? {
        switch take(name) {
        case nil: return nil
        case .string(let value): return value
        case let other?: throw mismatch(name, "string", other)
        }
    }

    /// Reads a string from a closed set.
    ///
    /// - Throws: `invalidModel`, with a list of the set, if the string is not in it.
    public mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) throws -> Choice? {
        switch take(name) {
        case nil: return nil
        case .string(let text)?:
            guard let choice = Choice(rawValue: text) else {
                let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
                throw DeeperError(.invalidModel, "attribute \(name) is \"\(text)\", expected one of \(allowed)")
            }
            return choice
        case let other?: throw mismatch(name, "string", other)
        }
    }

    public mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, default value: Choice
    ) throws -> Choice { try choice(name) ?? value }

    public mutating func ints(_ name: String) throws -> [Int]? {
        switch take(name) {
        case nil: return nil
        case .ints(let values): return values
        case let other?: throw mismatch(name, "ints", other)
        }
    }

    public mutating func floats(_ name: String) throws -> [Float]? {
        switch take(name) {
        case nil: return nil
        case .floats(let values): return values
        case let other?: throw mismatch(name, "floats", other)
        }
    }

    public mutating func strings(_ name: String) throws -> [String]? {
        switch take(name) {
        case nil: return nil
        case .strings(let values): return values
        case let other?: throw mismatch(name, "strings", other)
        }
    }

    public mutating func tensor(_ name: String) throws -> Tensor? {
        switch take(name) {
        case nil: return nil
        case .tensor(let value): return value
        case let other?: throw mismatch(name, "tensor", other)
        }
    }

    /// Accepts attributes that have no effect at inference.
    public mutating func ignore(_ names: String...) { unread.subtract(names) }

    /// - Throws: `invalidModel` with the names of all attributes that were not read.
    public func finish() throws {
        guard unread.isEmpty else {
            throw DeeperError(
                .invalidModel, "unknown attribute \(unread.sorted().joined(separator: ", ")) at opset \(opset)")
        }
    }

    private mutating func take(_ name: String) -> AttributeValue? {
        unread.remove(name)
        return values[name]
    }

    private func mismatch(_ name: String, _ expected: String, _ found: AttributeValue) -> DeeperError {
        DeeperError(.invalidModel, "attribute \(name) is of kind \(found.kind), expected \(expected)")
    }
}
