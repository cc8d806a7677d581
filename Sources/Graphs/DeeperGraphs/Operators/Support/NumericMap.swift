import DeeperKernels
import DeeperTensors

/// Y = f(X) elementwise on every numeric type; integers wrap.
protocol NumericMap: Operator {
    func apply<Element: Arithmetic>(_ x: Element) -> Element
    /// The vectorised form for float32; nil if there is none.
    static var activation: Activation? { get }
}

extension NumericMap {
    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    static var activation: Activation? { nil }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        _ = try inputs.shape(0, among: ElementType.numbers)
        return [try inputs.type(0)]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(elementwise: outputs[0].shape.elementCount)
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: outputs[0].elementType == .float32 && Self.activation != nil)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        if request.output.elementType == .float32, let activation = Self.activation {
            return try request.activation(activation)
        }
        let count = request.output.shape.elementCount
        let kernel: MapKernel =
            switch request.output.elementType {
            case .float32: MapKernel(count: count) { (x: Float) in self.apply(x) }
            case .float64: MapKernel(count: count) { (x: Double) in self.apply(x) }
            case .int8: MapKernel(count: count) { (x: Int8) in self.apply(x) }
            case .int16: MapKernel(count: count) { (x: Int16) in self.apply(x) }
            case .uint16: MapKernel(count: count) { (x: UInt16) in self.apply(x) }
            case .int32: MapKernel(count: count) { (x: Int32) in self.apply(x) }
            case .uint32: MapKernel(count: count) { (x: UInt32) in self.apply(x) }
            case .int64: MapKernel(count: count) { (x: Int64) in self.apply(x) }
            case .uint64: MapKernel(count: count) { (x: UInt64) in self.apply(x) }
            case .uint8, .bool: MapKernel(count: count) { (x: UInt8) in self.apply(x) }
            case .float16, .bfloat16: throw halfIsNotComputed
            }
        return .kernel(kernel, inputs: [0])
    }
}
