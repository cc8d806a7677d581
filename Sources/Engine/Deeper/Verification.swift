internal import DeeperGraphs
internal import DeeperKernels
public import DeeperTensors

/// The difference between two runs in one output.
public struct OutputDifference: Sendable {
    /// The name of the output.
    public let output: String
    /// The largest absolute difference of two elements; 0 for equal infinities and NaN against NaN, infinite for a
    /// number against NaN.
    public let largestAbsolute: Double
    /// The largest absolute value among the reference's finite elements, for judging the difference.
    public let largestValue: Double
}

extension Engine {
    /// Runs a model three times on the same inputs: node by node, with separate memory for each value; as a plan of the
    /// graph as it was read; and as a plan of the simplified graph. Both plans run in memory full of NaN.
    ///
    /// The first run needs the memory of all values at once.
    ///
    /// - Returns: one entry per output: the larger of the two plans' differences from the first run.
    public static func verify(
        _ model: Model, inputs: [String: Tensor], options: EngineOptions = EngineOptions()
    ) throws -> [OutputDifference] {
        var options = options
        options.poisonsMemory = true
        var differences: [[OutputDifference]] = []
        var reference: [Tensor]?
        let opened = try model.opening(model.initializers(among: inputs))
        for isSimplified in [false, true] {
            options.optimizesGraph = isSimplified
            let engine = try Engine(model, options: options)
            // The engine has checked the inputs once it has run.
            let results = try engine.runBlocking(inputs)
            let expected = try reference ?? locating(model.source) { try opened.runNodeByNode(inputs, options) }
            reference = expected
            differences.append(
                try zip(model.outputNames, expected).map { name, expected in
                    guard let actual = results[name], expected.shape == actual.shape else {
                        throw DeeperError(.internalFault, "output \"\(name)\" differs in shape").within(model.source)
                    }
                    return try OutputDifference(name, actual, expected)
                })
        }
        return zip(differences[0], differences[1]).map { $0.largestAbsolute > $1.largestAbsolute ? $0 : $1 }
    }
}

extension OutputDifference {
    init(_ output: String, _ actual: Tensor, _ expected: Tensor) throws {
        var largest = 0.0
        var size = 0.0
        for (a, b) in try zip(actual.doubles(), expected.doubles()) {
            if b.isFinite { size = max(size, abs(b)) }
            guard a != b, !(a.isNaN && b.isNaN) else { continue }
            largest = max(largest, abs(a - b).isNaN ? .infinity : abs(a - b))
        }
        self.init(output: output, largestAbsolute: largest, largestValue: size)
    }
}

extension Model {
    /// The outputs without a plan: every node is computed separately, and its results have memory of their own.
    fileprivate func runNodeByNode(_ inputs: [String: Tensor], _ options: EngineOptions) throws -> [Tensor] {
        let kernelOptions = try KernelOptions(
            options.gemm, algorithm: options.algorithm, instructionSet: options.instructionSet ?? .best)
        let types = try graph.bind(inputs.mapValues { TensorType($0.elementType, $0.shape) })
        var values: [ValueID: Tensor] = [:]
        for input in types.keys { values[input] = try inputs[graph.name(of: input)]?.inMemory() }
        let all = try graph.inferTypes(types, values: values, largestValue: .max, evaluator: Evaluator(kernelOptions))
        return try graph.outputs.map { output in
            guard let tensor = all.value(output) else {
                throw DeeperError(.internalFault, "output \"\(graph.name(of: output))\" was not computed")
            }
            return try tensor.inMemory()
        }
    }
}
