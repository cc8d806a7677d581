internal import CDeeper
internal import Deeper
internal import DeeperTensors

/// The tensors that a caller passes to a function.
enum InputTensors {
    /// More than any network has.
    private static let largestCount = 1 << 16

    /// The tensors for one call of an engine, read in place where that is possible.
    ///
    /// - Throws: as ``read(_:_:called:value:)``.
    static func read(
        _ inputs: UnsafePointer<deeper_tensor>?, _ count: Int, for engine: Engine
    ) throws -> [String: Tensor] {
        // The caller's memory lives until the call returns; nothing outlives it, since what plans keep is copied.
        let owner = Caller()
        // A new value for an initialiser makes another plan, which may keep other inputs too.
        let copiesAll = count > engine.model.inputs.count
        return try read(inputs, count, called: "input") { tensor, name in
            try Tensor(tensor, owner: copiesAll || engine.keeps(inputNamed: name) ? nil : owner)
        }
    }

    private final class Caller: Sendable {}

    /// What `value` makes of each of the caller's tensors, by name.
    ///
    /// - Parameter kind: "input" or "output", for messages.
    /// - Throws: `invalidInput`, with the tensor's name, for what does not fit together; for a name that comes twice.
    static func read<Value>(
        _ inputs: UnsafePointer<deeper_tensor>?, _ count: Int, called kind: String,
        value: (deeper_tensor, String) throws -> Value
    ) throws -> [String: Value] {
        guard count >= 0, count <= largestCount, count == 0 || inputs != nil else {
            throw DeeperError(
                .invalidInput, "\(kind)_count is \(count), \(kind)s is \(inputs == nil ? "NULL" : "given")")
        }
        guard var next = UnsafeRawPointer(inputs), count > 0 else { return [:] }
        let least = Versioned.tensorLeast
        // The structures follow each other in the caller's version.
        let stride = try Versioned.size(of: next, least: least, "\(kind)s[0]")
        var result: [String: Value] = [:]
        for index in 0..<count {
            guard try Versioned.size(of: next, least: least, "\(kind)s[\(index)]") == stride else {
                throw DeeperError(.invalidInput, "\(kind)s have different struct_size")
            }
            let given = try Versioned.read(next, defaults: deeper_tensor(), least: least, "\(kind)s[\(index)]")
            guard let name = given.name.map({ String(cString: $0) }) else {
                throw DeeperError(.invalidInput, "\(kind)s[\(index)].name is NULL")
            }
            guard result[name] == nil else { throw DeeperError(.invalidInput, "\(kind) \"\(name)\" comes twice") }
            result[name] = try locating("\(kind) \"\(name)\"") { try value(given, name) }
            next += stride
        }
        return result
    }
}
