#if Server
internal import Deeper
internal import DeeperTensors

/// Tests whether rows may be run together: the shapes in a file do not say what a network does along its batch.
enum BatchProof {
    /// Runs two rows together and each of them alone, and compares the bits.
    static func holds(_ engine: Engine, _ example: [String: Tensor], _ trial: TrialInputs) throws -> Bool {
        let second = try trial.tensors(seed: 2)
        let rows = [example, second]
        var both: [String: Tensor] = [:]
        for (name, tensor) in example {
            guard let other = second[name], other.shape == tensor.shape else { return false }
            let shape = Shape([2] + tensor.shape.dimensions.dropFirst())
            both[name] = try BatchRunner.tensor(tensor.elementType, shape, of: [tensor, other])
        }
        let together = try engine.runBlocking(both)
        for (row, inputs) in rows.enumerated() {
            let alone = try engine.runBlocking(inputs)
            for (name, tensor) in alone {
                guard let joined = together[name], joined.byteCount == 2 * tensor.byteCount else { return false }
                let isSame = try tensor.withUnsafeBytes { own in
                    try joined.withUnsafeBytes { all in
                        own[..<tensor.byteCount].elementsEqual(
                            all[row * tensor.byteCount..<(row + 1) * tensor.byteCount])
                    }
                }
                if !isSame { return false }
            }
        }
        return true
    }
}
#endif
