import DeeperKernels
import DeeperTensors

/// Z = f(A, B) on bool, elementwise with broadcasting.
protocol LogicalOperator: BroadcastingOperator {
    init(legacy: LegacyBroadcast)
    static func apply(_ a: Bool, _ b: Bool) -> Bool
}

extension LogicalOperator {
    init(_ attributes: inout AttributeReader) throws { self.init(legacy: try LegacyBroadcast(&attributes)) }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        for index in 0...1 { _ = try inputs.shape(index, .bool) }
        return [TensorType(.bool, try legacy.shape(inputs))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let kernel = ZipKernel(nest: try legacy.nest(request)) { (a: UInt8, b: UInt8) in Self.apply(a != 0, b != 0) }
        return .kernel(kernel, inputs: [0, 1])
    }
}
