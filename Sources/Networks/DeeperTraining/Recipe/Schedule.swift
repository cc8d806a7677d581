internal import DeeperTensors

/// The learning rate as a function of the step.
public struct Schedule: Sendable, Codable, Hashable {
    /// How the learning rate changes after the warm-up.
    public enum Kind: String, Sendable, Codable, Hashable {
        /// `rate` throughout.
        case constant
        /// rate * factor ^ floor((1 + epoch) / every), as in the paper and the article, with 0.96 every 8 epochs.
        case stepped
        /// rate * (1 - progress) ^ power, Caffe's `poly`.
        case polynomial
        /// From `rate` to `last` along half a cosine.
        case cosine
    }

    /// How the learning rate changes.
    public var kind = Kind.cosine
    /// The first learning rate after the warm-up.
    public var rate = 0.1
    /// The last learning rate of `cosine`.
    public var last = 0.0
    /// The factor of `stepped`.
    public var factor = 0.96
    /// The number of epochs between two reductions of `stepped`.
    public var every = 8
    /// The exponent of `polynomial`.
    public var power = 0.5
    /// The number of epochs, which may be a fraction, over which the rate grows from 0.
    public var warmup = 0.0

    /// Half a cosine from 0.1 to 0, without warm-up.
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
    ///   - step: the step, counted from 0 over all epochs.
    ///   - stepsPerEpoch: the number of steps in an epoch, at least 1.
    ///   - epochs: the number of all epochs.
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
