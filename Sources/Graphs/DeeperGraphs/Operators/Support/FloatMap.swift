import DeeperKernels
import DeeperTensors

/// Y = f(X) elementwise on float32, for functions that networks seldom use. Frequent ones are vectorised as an
/// ``Activation``.
protocol FloatMap: Operator {
    func apply(_ x: Float) -> Float
    /// Whether the function is an activation, which networks apply after a layer; otherwise it counts as arithmetic.
    static var isActivation: Bool { get }
}

extension FloatMap {
    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    static var isActivation: Bool { true }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] { [TensorType(.float32, try inputs.shape(0, .float32))] }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        let count = outputs[0].shape.elementCount
        return Self.isActivation ? OperationCount(activation: count) : OperationCount(elementwise: count)
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: false)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let count = request.output.shape.elementCount
        return .kernel(MapKernel(count: count) { (x: Float) in self.apply(x) }, inputs: [0])
    }
}
