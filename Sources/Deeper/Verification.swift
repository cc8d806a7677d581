public import Tensors

/// How far the outputs of two runs are apart.
public struct OutputDifference: Sendable {
    public let output: String
    /// The largest absolute difference of two elements; 0 for equal infinities and NaN against NaN.
    public let largestAbsolute: Double
    /// The largest absolute value among the reference's elements, to judge the difference by.
    public let largestValue: Double
}

extension Engine {
    /// Runs a model as it was read and as it is simplified on the same inputs.
    ///
    /// - Returns: one entry an output.
    public static func verify(
        _ model: Model, inputs: [String: Tensor], options: EngineOptions = EngineOptions()
    ) throws -> [OutputDifference] {
        var rawOptions = options
        rawOptions.optimizesGraph = false
        var optimizedOptions = options
        optimizedOptions.optimizesGraph = true
        let reference = try Engine(model, options: rawOptions).run(inputs)
        let result = try Engine(model, options: optimizedOptions).run(inputs)
        return try model.outputNames.map { name in
            guard let expected = reference[name], let actual = result[name], expected.shape == actual.shape else {
                throw DeeperError(.internalFault, "output \"\(name)\" differs in shape")
            }
            var largest = 0.0
            var size = 0.0
            for (a, b) in try zip(expected.doubles(), actual.doubles()) where !(a == b || a.isNaN && b.isNaN) {
                largest = max(largest, abs(a - b).isNaN ? .infinity : abs(a - b))
            }
            for value in try expected.doubles() where value.isFinite { size = max(size, abs(value)) }
            return OutputDifference(output: name, largestAbsolute: largest, largestValue: size)
        }
    }
}
