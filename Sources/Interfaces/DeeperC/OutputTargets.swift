internal import CDeeper
internal import Deeper
internal import DeeperTensors

/// Memory of the caller that results are written to.
struct OutputTargets {
    private struct Target {
        let elementType: ElementType
        let shape: Shape
        let bytes: UnsafeMutableRawBufferPointer
    }

    private let targets: [String: Target]

    /// - Throws: `invalidInput` for structures that contradict themselves, and for a name that is no output of the model.
    init(_ outputs: UnsafePointer<deeper_tensor>?, _ count: Int, of model: Model) throws {
        let names = model.outputNames
        targets = try InputTensors.read(outputs, count, called: "output") { output, name in
            guard names.contains(name) else {
                throw DeeperError(
                    .invalidInput,
                    "the model has no such output; its outputs: "
                        + names.joined(separator: ", "))
            }
            let (type, shape) = try output.checkedType()
            return Target(
                elementType: type, shape: shape,
                bytes: UnsafeMutableRawBufferPointer(
                    start: UnsafeMutableRawPointer(mutating: output.data), count: output.byte_count))
        }
        try checkOverlaps()
    }

    private func checkOverlaps() throws {
        let sorted = targets.filter { !$0.value.bytes.isEmpty }.map { (name: $0.key, bytes: $0.value.bytes) }.sorted {
            UInt(bitPattern: $0.bytes.baseAddress) < UInt(bitPattern: $1.bytes.baseAddress)
        }
        for (one, next) in zip(sorted, sorted.dropFirst())
        where UInt(bitPattern: one.bytes.baseAddress) + UInt(one.bytes.count) > UInt(bitPattern: next.bytes.baseAddress)
        {
            throw DeeperError(.invalidInput, "the buffers of outputs \"\(one.name)\" and \"\(next.name)\" overlap")
        }
    }

    /// Writes the results.
    ///
    /// - Throws: `invalidInput`, before anything is written, for a result of another type or shape.
    func fill(from results: [String: Tensor]) throws {
        for (name, target) in targets {
            guard let result = results[name] else { throw DeeperError(.internalFault, "output \"\(name)\" is missing") }
            guard result.elementType == target.elementType, result.shape == target.shape else {
                throw DeeperError(
                    .invalidInput,
                    "the buffer is \(target.elementType)\(target.shape), the result is \(result.elementType)\(result.shape)"
                ).within("output \"\(name)\"")
            }
        }
        for (name, target) in targets where !target.bytes.isEmpty { try results[name]?.read(into: target.bytes) }
    }
}
