import DeeperKernels
import DeeperTensors

/// A Boolean property of X, elementwise on float32 and float64.
protocol FloatPredicate: Operator {
    func holds<Element: BinaryFloatingPoint>(_ x: Element) -> Bool
}

extension FloatPredicate {
    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        [TensorType(.bool, try inputs.shape(0, .float32, .float64))]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(elementwise: outputs[0].shape.elementCount)
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: false)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let count = request.output.shape.elementCount
        let kernel =
            try request.input(0).elementType == .float64
            ? MapKernel(count: count) { (x: Double) in self.holds(x) }
            : MapKernel(count: count) { (x: Float) in self.holds(x) }
        return .kernel(kernel, inputs: [0])
    }
}
