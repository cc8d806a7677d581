internal import DeeperTensors

extension Trainer {
    /// Initialises every weight with random values, all biases with one value, and batch normalisations with the
    /// identity.
    ///
    /// Glorot's bound is sqrt(6 / (fan-in + fan-out)), He's sqrt(6 / fan-in). A weight's values depend only on the seed
    /// and its name.
    public func initialize(_ method: TrainingConfiguration.Initial.Method, bias: Float, seed: UInt64) {
        for parameter in parameters.parameters {
            let count = parameter.range.count
            switch parameter.role {
            case .weight:
                let fan = method == .glorot ? parameter.fanIn + parameter.fanOut : parameter.fanIn
                let bound = Float((6 / Double(max(1, fan))).squareRoot())
                var generator = SeededGenerator(seed: seed ^ stableHash(of: parameter.name))
                // Drawn in ONNX's order, so that the same seed gives the same network regardless of the order in
                // memory.
                let values = (0..<count).map { _ in bound * generator.nextSigned() }
                weights[parameter.range] = parameter.toTraining(values)
            case .bias: weights[parameter.range] = [Float](repeating: bias, count: count)
            case .scale, .variance: weights[parameter.range] = [Float](repeating: 1, count: count)
            case .shift, .mean: weights[parameter.range] = [Float](repeating: 0, count: count)
            }
        }
        average?.copy(weights)
    }
}
