public import DeeperKernels
public import DeeperTensors

/// An elementwise function of float32 that kernels support as an ``Activation``. A function that counts as arithmetic
/// also works on float64, where it is computed by its definition.
public protocol ActivationOperator: Operator {
    var activation: Activation { get }
    /// Whether the function is an activation, which networks apply after a layer; otherwise it counts as arithmetic.
    static var isActivation: Bool { get }
}

extension ActivationOperator {
    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    public static var isActivation: Bool { true }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        guard Self.isActivation else {
            _ = try inputs.shape(0, .float32, .float64)
            return [try inputs.type(0)]
        }
        return [TensorType(.float32, try inputs.shape(0, .float32))]
    }

    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        let count = outputs[0].shape.elementCount
        return Self.isActivation ? OperationCount(activation: count) : OperationCount(elementwise: count)
    }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: outputs[0].elementType == .float32)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        guard request.output.elementType == .float64 else { return try request.activation(activation) }
        let kernel = MapKernel(count: request.output.shape.elementCount) { [activation] (x: Double) in
            activation.reference(x)
        }
        return .kernel(kernel, inputs: [0])
    }
}

extension LoweringRequest {
    /// A kernel that applies an activation, then a clamp, to input 0 in its present layout.
    func activation(_ activation: Activation = .identity, clamp: ClampRange = .unbounded) throws -> Lowering {
        let input = try input(0)
        let epilogue = Epilogue(activation: activation, clamp: clamp)
        let kernel =
            input.isDense && output.isDense
            ? EpilogueKernel(
                count: output.shape.elementCount, channels: output.layout == .channelsLast ? output.shape[1] : 1,
                epilogue,
                options: options)
            : EpilogueKernel(
                pixels: output.shape[0] * output.shape.dimensions.dropFirst(2).reduce(1, *),
                channels: output.shape[1], inputPitch: input.pixelPitch, outputPitch: output.pixelPitch, epilogue,
                options: options)
        return .kernel(kernel, inputs: [0])
    }
}
