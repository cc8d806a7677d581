public import DeeperKernels
public import DeeperTensors

/// ONNX Conv: Y[n][k] = bias[k] + sum over channels c and taps t of X[n][c][p * stride - pad + t * dilation] W[k][c][t].
///
/// Weights and bias must be known when a plan is prepared.
public struct Conv: ActivatingOperator {
    public static let name = "Conv"
    public static let inputCount = 2...3
    public static let outputCount = 1...Int(Int32.max)
    public var window: WindowAttributes
    public let groups: Int
    public var ending = Ending.none
    /// Set by a pass that merges several convolutions of one input: how many filters each output gets.
    public var outputFilters: [Int]?
    /// Set by a pass: input 3, of the output's shape, is added before the activation.
    public var addsResidual = false

    /// - Precondition: `groups` is at least 1.
    public init(window: WindowAttributes, groups: Int = 1) {
        precondition(groups > 0)
        self.window = window
        self.groups = groups
    }

    public var attributes: [String: AttributeValue]? {
        guard ending == .none, outputFilters == nil, !addsResidual else { return nil }
        return window.attributes.merging(["group": .int(groups)]) { window, _ in window }
    }

    public init(_ attributes: inout AttributeReader) throws {
        window = try WindowAttributes(&attributes)
        groups = try attributes.int("group", default: 1)
        guard groups > 0 else { throw DeeperError(.invalidModel, "attribute group is \(groups), expected at least 1") }
    }

    public var valueInputs: [Int] { [1, 2] }

    public var summary: String {
        var parts = window.summary.isEmpty ? [] : [window.summary]
        if groups > 1 { parts.append("groups \(groups)") }
        if addsResidual { parts.append("+ residual") }
        if ending != .none { parts.append(ending.summary) }
        return parts.joined(separator: ", ")
    }

    /// Checks the operands against each other and returns the window.
    private func check(_ x: Shape, _ w: Shape, _ bias: Shape?) throws -> WindowGeometry {
        guard x.rank >= 3, w.rank == x.rank else {
            throw DeeperError(.invalidModel, "X has shape \(x) and W \(w), expected equal ranks of at least 3")
        }
        let kernel = Array(w.dimensions[2...])
        if let declared = window.kernelShape, declared != kernel {
            throw DeeperError(.invalidModel, "kernel_shape is \(declared), W has shape \(w)")
        }
        guard kernel.allSatisfy({ $0 > 0 }), w[0] > 0 else {
            throw DeeperError(.invalidModel, "W has shape \(w), which has no elements")
        }
        let channels = saturatingProduct(w[1], groups)
        guard channels == x[1], w[0] % groups == 0 else {
            throw DeeperError(
                .invalidModel, "X has \(x[1]) channels, W \(w) in \(groups) groups expects \(channels)")
        }
        guard max(w.elementCount / w[0], w[0], x[1]) <= Int32.max else {
            throw DeeperError(.limitExceeded, "X has shape \(x) and W \(w): extents beyond 2^31 are not supported")
        }
        if let bias, bias.dimensions != [w[0]] {
            throw DeeperError(.invalidModel, "the bias has shape \(bias), expected [\(w[0])]")
        }
        return try window.window(input: Array(x.dimensions[2...]), kernel: kernel).geometry
    }

    /// The window over an input of the given shape.
    ///
    /// - Throws: `invalidModel` if shapes and attributes do not fit.
    public func geometry(input: Shape, weights: Shape) throws -> WindowGeometry { try check(input, weights, nil) }

    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.shape(0, .float32)
        let w = try inputs.shape(1, .float32)
        let geometry = try check(x, w, inputs.has(2) ? try inputs.shape(2, .float32) : nil)
        let spatial = (3 - (x.rank - 2)..<3).map { geometry.output[$0] }
        let outputs = try (outputFilters ?? [w[0]]).map { filters in
            TensorType(.float32, try Shape(validating: [x[0], filters] + spatial))
        }
        if addsResidual, case let residual = try inputs.type(3), outputs != [residual] {
            throw DeeperError(.invalidModel, "the residual has type \(residual), expected \(outputs[0])")
        }
        return outputs
    }

    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        guard let w = inputs[1]?.shape, w[0] > 0 else { return OperationCount() }
        let sums = saturatingSum(outputs.map(\.shape.elementCount))
        return OperationCount(
            macs: saturatingProduct(sums, w.elementCount / w[0]), sums: sums,
            bias: inputs.count > 2 && inputs[2] != nil ? sums : 0,
            activation: saturatingProduct(sums, ending.operationsPerElement), elementwise: addsResidual ? sums : 0)
    }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        var choice = LayoutChoice.image(inputs: inputs.count, outputs: outputs.count)
        if addsResidual { choice.inputs[3] = .channelsLast }
        return choice
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let weights = try request.knownValue(1)
        let bias = try request.knownFloats(2)
        let geometry = try check(input.shape, weights.shape, bias.map { [$0.count] })
        let shape = ConvolutionShape(
            window: geometry, images: input.shape[0], inputChannels: input.shape[1], outputChannels: weights.shape[0],
            groups: groups, inputPitch: input.pixelPitch,
            outputs: request.outputs.map { .init(channels: $0.shape[1], pitch: $0.pixelPitch) },
            residualPitch: addsResidual ? try request.input(3).pixelPitch : nil)
        let kernel = try convolutionKernel(
            shape, weights: Weights(weights), epilogue: Epilogue(bias: bias, ending: ending), options: request.options)
        return .kernel(kernel, inputs: addsResidual ? [0, 3] : [0])
    }
}
