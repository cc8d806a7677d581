internal import DeeperTensors

/// A structure of the ABI that begins with its size in the caller's version of the header.
///
/// Later versions add fields at the end. Of a shorter structure what it has is read, the rest has its defaults; nothing is
/// written after its end.
enum Versioned {
    /// Bytes that the structures had in the first version of the header: callers of that version have no more.
    static let portLeast = 32
    static let tensorLeast = 48
    static let optionsLeast = 56

    /// The caller's structure, with `defaults` where it has no fields yet.
    ///
    /// - Parameter least: the bytes that the first version of the structure had.
    /// - Throws: `invalidInput` for a structure shorter than the first version's.
    static func read<Value: BitwiseCopyable>(
        _ source: UnsafeRawPointer, defaults: Value, least: Int, _ name: String
    ) throws -> Value {
        let byteCount = min(try size(of: source, least: least, name), MemoryLayout<Value>.size)
        var value = defaults
        withUnsafeMutableBytes(of: &value) { $0.baseAddress?.copyMemory(from: source, byteCount: byteCount) }
        return value
    }

    /// Fills in what the caller's structure has of `value`, whose first field is left as it is.
    static func write<Value: BitwiseCopyable>(
        _ value: Value, to target: UnsafeMutableRawPointer, least: Int, _ name: String
    ) throws {
        let byteCount = min(try size(of: target, least: least, name), MemoryLayout<Value>.size)
        let first = MemoryLayout<Int>.size
        withUnsafeBytes(of: value) { bytes in
            UnsafeMutableRawBufferPointer(start: target + first, count: byteCount - first)
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[first..<byteCount]))
        }
    }

    /// The size that a structure says it has.
    static func size(of pointer: UnsafeRawPointer, least: Int, _ name: String) throws -> Int {
        let byteCount = pointer.loadUnaligned(as: Int.self)
        guard byteCount >= least, byteCount <= 1 << 16 else {
            throw DeeperError(.invalidInput, "\(name).struct_size is \(byteCount), expected at least \(least)")
        }
        return byteCount
    }
}
