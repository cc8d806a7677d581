internal import CDeeperKernels
internal import Glibc

/// The rule by which an optimizer changes weights.
public enum UpdateRule: Sendable, Hashable {
    /// Stochastic gradient descent: velocity = momentum * velocity + gradient; weights -= rate * velocity. Nesterov's
    /// form steps by gradient + momentum * velocity.
    case momentum(Float, isNesterov: Bool)
    /// Adam (arXiv 1412.6980) with bias correction.
    case adam(decay1: Float, decay2: Float, epsilon: Float)

    /// The number of values that the rule keeps for every weight.
    public var stateCount: Int {
        switch self {
        case .momentum: 1
        case .adam: 2
        }
    }
}

/// A range of weights that are updated with the same factors.
public struct UpdateSpan: Sendable, Hashable {
    public var range: Range<Int>
    /// Factors for the step's learning rate and weight decay.
    public var rateScale: Float
    public var decayScale: Float

    public init(range: Range<Int>, rateScale: Float, decayScale: Float) {
        self.range = range
        self.rateScale = rateScale
        self.decayScale = decayScale
    }
}

/// One step of an optimizer for all weights, and for their exponential average.
///
/// Operands: weights, states, gradients, average, and the step's parameters: learning rate, weight decay, factor of the
/// gradients, share of the average (0: there is none), and the number of previous steps.
public final class UpdateKernel: Kernel {
    public var report: KernelReport { KernelReport("update") }
    public let tileCount: Int
    /// The number of floats of the last operand.
    public static let parameterCount = 5
    private let rule: UpdateRule
    private let parts: [UpdateSpan]
    private let count: Int
    private let loops: VectorLoops
    private static let largestPart = 32768

    /// - Parameters:
    ///   - spans: the ranges of weights that are updated; weights between them are unchanged.
    ///   - count: the number of floats of each operand except the last; the states have this number for each value that
    ///     the rule keeps.
    public init(_ rule: UpdateRule, spans: [UpdateSpan], count: Int, options: KernelOptions) {
        self.rule = rule
        self.count = count
        self.parts = spans.flatMap { span in
            stride(from: span.range.lowerBound, to: span.range.upperBound, by: UpdateKernel.largestPart).map { first in
                var part = span
                part.range = first..<min(first + UpdateKernel.largestPart, span.range.upperBound)
                return part
            }
        }
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = max(1, parts.count)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard tile < parts.count else { return }
        let part = parts[tile]
        let (first, length) = (part.range.lowerBound, part.range.count)
        let numbers = operands.floats(4)
        let rate = numbers[0] * part.rateScale, decay = numbers[1] * part.decayScale
        let (weights, states) = (operands.floats(0) + first, operands.floats(1) + first)
        let gradients = operands.floats(2) + first
        if part.rateScale != 0 {
            switch rule {
            case .momentum(let momentum, let isNesterov):
                loops.table.momentum_update(
                    weights, states, gradients, length, rate, momentum, decay, numbers[2], isNesterov ? 1 : 0)
            case .adam(let decay1, let decay2, let epsilon):
                let step = Double(numbers[4]) + 1
                let corrected = Double(rate) / (1 - pow(Double(decay1), step))
                let root = 1 / (1 - pow(Double(decay2), step)).squareRoot()
                loops.table.adam_update(
                    weights, states, states + count, gradients, length, Float(corrected), decay1, decay2, epsilon,
                    decay,
                    numbers[2], Float(root))
            }
        }
        if numbers[3] > 0 { loops.table.average(operands.floats(3) + first, weights, length, numbers[3]) }
    }
}

/// The sums of squares of many numbers, one sum per chunk, for the norm of a gradient. Operand 0: the numbers, 1: a
/// double for every chunk.
public final class SquareSumKernel: Kernel {
    public var report: KernelReport { KernelReport("sum of squares") }
    public let tileCount: Int
    private let count: Int
    private let loops: VectorLoops

    public init(count: Int, options: KernelOptions) {
        self.count = count
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = max(1, (count + 65535) / 65536)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let first = tile * 65536
        operands[1].assumingMemoryBound(to: Double.self)[tile] = loops.table.sum_of_squares(
            operands.floats(0) + first, max(0, min(65536, count - first)))
    }
}
