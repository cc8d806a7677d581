internal import DeeperTensors

/// The learning rate, step by step.
public struct Schedule: Sendable, Codable, Hashable {
    public enum Kind: String, Sendable, Codable, Hashable {
        case constant
        /// rate * factor ^ floor((1 + epoch) / every): the paper's and the article's, with 0.96 every 8 epochs.
        case stepped
        /// rate * (1 - progress) ^ power: Caffe's `poly`.
        case polynomial
        /// From `rate` to `last` along half a cosine.
        case cosine
    }

    public var kind = Kind.cosine
    /// The first learning rate, after warming up.
    public var rate = 0.1
    /// What `cosine` ends with.
    public var last = 0.0
    public var factor = 0.96
    public var every = 8
    public var power = 0.5
    /// Epochs, or parts of one, over which the rate grows from 0.
    public var warmup = 0.0

    public init() {}

    func check() throws {
        guard rate.isFinite, rate >= 0, last >= 0, factor > 0, every > 0, power > 0, warmup >= 0 else {
            throw DeeperError(
                .invalidInput,
                "schedule: rate, last and warmup are not negative; factor, every and power are positive")
        }
    }

    /// The learning rate of a step.
    ///
    /// - Parameters:
    ///   - step: counted from 0 over all epochs.
    ///   - stepsPerEpoch: at least 1.
    public func rate(step: Int, stepsPerEpoch: Int, epochs: Int) -> Double {
        let warm = warmup * Double(stepsPerEpoch)
        if Double(step) < warm { return rate * Double(step + 1) / (warm + 1) }
        let whole = max(1, Double(epochs * stepsPerEpoch) - warm)
        let progress = min(1, (Double(step) - warm) / whole)
        return switch kind {
        case .constant: rate
        case .stepped: rate * DeeperTraining.power(factor, Double((1 + step / stepsPerEpoch) / every))
        case .polynomial: rate * DeeperTraining.power(1 - progress, power)
        case .cosine: last + (rate - last) * (1 + DeeperTraining.cosine(.pi * progress)) / 2
        }
    }
}
