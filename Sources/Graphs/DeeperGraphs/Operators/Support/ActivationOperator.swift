import DeeperKernels
import DeeperTensors

/// An elementwise function that kernels know as an ``Activation``.
protocol ActivationOperator: Operator {
    var activation: Activation { get }
}

extension ActivationOperator {
    func infer(_ inputs: NodeInputs) throws -> [TensorType] { [TensorType(.float32, try inputs.shape(0, .float32))] }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(activation: outputs[0].shape.elementCount)
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: true)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering { try request.activation(activation) }
}

extension LoweringRequest {
    /// A kernel that applies an activation, then a clamp, to input 0 as it lies.
    func activation(_ activation: Activation = .identity, clamp: ClampRange = .unbounded) throws -> Lowering {
        let input = try input(0)
        let epilogue = Epilogue(activation: activation, clamp: clamp)
        let kernel =
            input.isDense && output.isDense
            ? EpilogueKernel(count: output.shape.elementCount, epilogue, options: options)
            : EpilogueKernel(
                pixels: output.shape[0] * output.shape.dimensions.dropFirst(2).reduce(1, *),
                channels: output.shape[1], inputPitch: input.pixelPitch, outputPitch: output.pixelPitch, epilogue,
                options: options)
        return .kernel(kernel, inputs: [0])
    }
}
