internal import DeeperExecution
internal import DeeperGraphs
public import DeeperKernels
public import DeeperTensors

extension Engine {
    /// Measures every way to compute each geometry of convolution in a model, inside the whole network, and chooses the
    /// fastest.
    ///
    /// Every round runs the model once for each way, so that a change of the machine's speed meets all of them. A way
    /// must be 3 % faster than the estimated one to be chosen instead.
    ///
    /// - Parameters:
    ///   - model: the network, with its weights.
    ///   - options: of the engine that is to use the result; its `tuning` is ignored.
    ///   - inputs: tensors of the shapes to measure, as of ``run(_:)``.
    ///   - rounds: at least 1.
    ///   - progress: called with the runs done and those to do.
    /// - Throws: `invalidInput` for options without a choice of ways; as ``init(_:options:)`` and ``run(_:)``.
    public static func tune(
        _ model: Model, options: EngineOptions, for inputs: [String: Tensor], rounds: Int = 10,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
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
                progress(round * methods.count + index, max(1, rounds) * methods.count)
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

    /// The least microseconds of a few runs for each geometry of convolution: of one step, on average.
    private func times(of inputs: [String: Tensor]) throws -> [ConvolutionGeometry: Double] {
        let steps = try plan(for: inputs).steps
        _ = try run(inputs)
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

extension Kernel {
    /// The convolution that a step computes by itself and that may be computed in several ways. One that was joined with
    /// its producer would have to be measured with it.
    fileprivate var freeConvolution: ConvolutionShape? {
        guard parts.count == 1, let shape = report.convolution, report.multiplied == .float32, !shape.isDepthwise else {
            return nil
        }
        return shape
    }
}
