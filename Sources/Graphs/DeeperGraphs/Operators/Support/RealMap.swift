import DeeperKernels
import DeeperTensors

/// Y = f(X) elementwise on float32 and float64; counts as arithmetic, not as an activation.
protocol RealMap: FloatMap {
    func apply(_ x: Double) -> Double
}

extension RealMap {
    static var isActivation: Bool { false }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        _ = try inputs.shape(0, .float32, .float64)
        return [try inputs.type(0)]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let count = request.output.shape.elementCount
        let kernel =
            request.output.elementType == .float64
            ? MapKernel(count: count) { (x: Double) in self.apply(x) }
            : MapKernel(count: count) { (x: Float) in self.apply(x) }
        return .kernel(kernel, inputs: [0])
    }
}
