internal import DeeperGraphs
public import DeeperTensors

extension Model {
    /// Made-up inputs for trying a model out. Elements of float32 and 16-bit floats are uniform in 0..<1, those of
    /// other types are 0. Open dimensions have extents that the network can take; the first one of an input is `batch`.
    ///
    /// - Parameters:
    ///   - batch: the number of images, where the model leaves it open.
    ///   - extent: the extent of every other open dimension, such as the height and width of pictures. If nil, one that
    ///     fits the network is chosen.
    ///   - seed: the seed of the random numbers.
    /// - Throws: `invalidInput` if an input declares no shape.
    public func seededInputs(
        batch: Int = 1, extent: Int? = nil, seed: UInt64 = 1
    ) throws -> [String: Tensor] {
        var generator = SeededGenerator(seed: seed)
        var result: [String: Tensor] = [:]
        let types =
            try extent.map { try graph.declaredTypes(batch: batch, open: $0) }
            ?? graph.plausibleTypes(batch: batch)
        for input in graph.inputs {
            guard let type = types[input.value] else { continue }
            guard type.shape.elementCount <= 1 << 31 else {
                throw DeeperError(
                    .limitExceeded, "input \"\(graph.name(of: input.value))\" \(type) is too large to make up"
                )
                .within(source)
            }
            if type.elementType == .float32 || type.elementType.isHalf {
                let values = (0..<type.shape.elementCount).map { _ in Float(generator.next() >> 40) / Float(1 << 24) }
                result[graph.name(of: input.value)] = try Tensor(values, shape: type.shape)
                    .converted(to: type.elementType)
            } else {
                result[graph.name(of: input.value)] = try Tensor(type.elementType, shape: type.shape)
            }
        }
        return result
    }
}
