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
        .following(inputs, outputs: outputs, slices: false)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let count = request.output.shape.elementCount
        return .kernel(ActivationKernel(count: count, activation, options: request.options), inputs: [0])
    }
}
