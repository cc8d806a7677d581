internal import CDeeper
internal import DeeperTensors

/// The tensors that a caller hands in.
enum InputTensors {
    /// More than any network has.
    private static let largestCount = 1 << 16

    /// The tensors by name.
    ///
    /// - Throws: `invalidInput`, with the input's name, for what does not fit together; for a name that comes twice.
    static func read(
        _ inputs: UnsafePointer<deeper_tensor>?, _ count: Int, tensor: (deeper_tensor, String) throws -> Tensor
    ) throws -> [String: Tensor] {
        guard count >= 0, count <= largestCount, count == 0 || inputs != nil else {
            throw DeeperError(.invalidInput, "input_count is \(count), inputs is \(inputs == nil ? "NULL" : "given")")
        }
        guard var next = UnsafeRawPointer(inputs), count > 0 else { return [:] }
        let least = Versioned.tensorLeast
        // The structures follow each other in the caller's version.
        let stride = try Versioned.size(of: next, least: least, "inputs[0]")
        var result: [String: Tensor] = [:]
        for index in 0..<count {
            guard try Versioned.size(of: next, least: least, "inputs[\(index)]") == stride else {
                throw DeeperError(.invalidInput, "inputs have different struct_size")
            }
            let given = try Versioned.read(next, defaults: deeper_tensor(), least: least, "inputs[\(index)]")
            guard let name = given.name.map({ String(cString: $0) }) else {
                throw DeeperError(.invalidInput, "inputs[\(index)].name is NULL")
            }
            guard result[name] == nil else { throw DeeperError(.invalidInput, "input \"\(name)\" comes twice") }
            result[name] = try locating("input \"\(name)\"") { try tensor(given, name) }
            next += stride
        }
        return result
    }
}
