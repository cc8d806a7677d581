internal import DeeperExecution
internal import DeeperGraphs
public import DeeperKernels
public import DeeperTensors

extension Engine {
    /// Measures every method of computing each convolution geometry in a model, as part of the whole network, and
    /// chooses the fastest.
    ///
    /// Every round runs the model once for each method, so that a change of the machine's speed affects all of them. A
    /// method must be 3 % faster than the estimated one to be chosen instead.
    ///
    /// - Parameters:
    ///   - model: the network, with its weights.
    ///   - options: the options of the engine that is to use the result; their `tuning` is ignored.
    ///   - inputs: tensors of the shapes to measure, as for ``runBlocking(_:)``.
    ///   - rounds: the number of rounds, at least 1.
    ///   - progress: called before every run.
    /// - Throws: `invalidInput` if the options leave no choice of methods; as ``init(_:options:pool:)`` and
    ///   ``runBlocking(_:)``.
    public static func tune(
        _ model: Model, options: EngineOptions, for inputs: [String: Tensor], rounds: Int = 10,
        progress: (TuningProgress) -> Void = { _ in }
    ) throws -> Tuning {
        let set = options.instructionSet ?? .best
        var options = options
        options.tuning = Tuning(set)
        let shapes = try Engine(model, options: options).plan(for: inputs).steps.compactMap {
            $0.kernel.freeConvolution
        }
        let methods = ConvolutionMethod.all.filter { method in shapes.contains { method.applies(to: $0) } }
        var times: [ConvolutionGeometry: [ConvolutionMethod: Double]] = [:]
        for round in 0..<max(1, rounds) {
            for (index, method) in methods.enumerated() {
                progress(
                    TuningProgress(
                        finishedRuns: round * methods.count + index, totalRuns: max(1, rounds) * methods.count,
                        method: method.name))
                options.tuning = Tuning(
                    set,
                    entries: Dictionary(
                        shapes.filter { method.applies(to: $0) }.map { ($0.geometry, Tuning.Entry(method)) }
                    ) { first, _ in first })
                for (geometry, time) in try Engine(model, options: options).times(of: inputs)
                where options.tuning?.entries[geometry] != nil {
                    times[geometry, default: [:]][method] = min(times[geometry]?[method] ?? .infinity, time)
                }
            }
        }
        var result = Tuning(set)
        for shape in shapes {
            let measured = times[shape.geometry] ?? [:]
            let usual = ConvolutionMethod.estimated(for: shape, .auto)
            guard let best = measured.min(by: { ($0.value, $0.key.name) < ($1.value, $1.key.name) }) else { continue }
            let isWorthIt = best.value < 0.97 * (measured[usual] ?? .infinity)
            result.entries[shape.geometry] = Tuning.Entry(isWorthIt ? best.key : usual, microseconds: measured)
        }
        return result
    }

    /// The minimum time of each step over a few runs, in microseconds, averaged over the steps with the same
    /// convolution geometry.
    private func times(of inputs: [String: Tensor]) throws -> [ConvolutionGeometry: Double] {
        let steps = try plan(for: inputs).steps
        _ = try runBlocking(inputs)
        var least = [UInt64](repeating: .max, count: steps.count)
        for _ in 0..<3 {
            for (index, step) in try profile(inputs).enumerated() { least[index] = min(least[index], step.nanoseconds) }
        }
        var sums: [ConvolutionGeometry: (total: Double, count: Double)] = [:]
        for (step, time) in zip(steps, least) {
            guard let geometry = step.kernel.freeConvolution?.geometry else { continue }
            let known = sums[geometry] ?? (0, 0)
            sums[geometry] = (known.total + Double(time) / 1000, known.count + 1)
        }
        return sums.mapValues { $0.total / $0.count }
    }
}

/// The progress of ``Engine/tune(_:options:for:rounds:progress:)``.
public struct TuningProgress: Sendable, Hashable {
    /// The number of runs that have ended.
    public let finishedRuns: Int
    /// The number of runs of the whole measurement.
    public let totalRuns: Int
    /// The method of convolution that the next run measures.
    public let method: String
}

extension Kernel {
    /// The convolution of a step that computes nothing else, if there is a choice of methods for it. A convolution that
    /// was joined with its producer would have to be measured together with it.
    fileprivate var freeConvolution: ConvolutionShape? {
        guard parts.count == 1, let shape = report.convolution, report.multiplied == .float32, !shape.isDepthwise else {
            return nil
        }
        return shape
    }
}
