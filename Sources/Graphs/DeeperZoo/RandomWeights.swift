import DeeperTensors

/// A float32 tensor of uniform random numbers with mean 0; variance 0 gives zeros.
///
/// It is computed only by operations whose rounding IEEE 754 specifies, so that its bits are the same on every machine.
func uniformTensor(_ shape: Shape, variance: Double, seed: UInt64) throws -> Tensor {
    try Tensor(.float32, shape: shape) { bytes in
        guard variance > 0 else { return }
        let bound = Float((3 * variance).squareRoot())
        var generator = SeededGenerator(seed: seed)
        let values = bytes.bindMemory(to: Float.self)
        for index in values.indices { values[index] = bound * generator.nextSigned() }
    }
}
