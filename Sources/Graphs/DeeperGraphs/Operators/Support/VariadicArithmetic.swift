public import DeeperKernels
public import DeeperTensors

/// Y = f(...f(f(A, B), C)...) elementwise with broadcasting, for any number of operands of one type.
public protocol VariadicArithmetic: Operator {
    static func apply<Element: Arithmetic>(_ a: Element, _ b: Element) -> Element
    /// The vectorised form for two float32 operands; nil if there is none.
    static var combination: Combination? { get }
    /// The final step, applied to the combination of all `count` operands.
    static func finish<Element: Arithmetic>(_ value: Element, count: Int) -> Element
    init()
}

extension VariadicArithmetic {
    /// Operands with fewer axes are aligned at the last axes.
    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool {
        inputs.computedOnesHaveAllAxes
    }

    public static var inputCount: ClosedRange<Int> { 1...Int(Int32.max) }
    public static var combination: Combination? { nil }
    public static func finish<Element: Arithmetic>(_ value: Element, count: Int) -> Element { value }

    public init(_ attributes: inout AttributeReader) throws { self.init() }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let types = try (0..<inputs.count).map { try inputs.type($0) }
        guard Set(types.map(\.elementType)).count == 1, types[0].elementType != .bool else {
            let text = types.map(\.description).joined(separator: ", ")
            throw DeeperError(.invalidModel, "operands are \(text), expected one numeric type")
        }
        return [TensorType(types[0].elementType, try broadcastShape(types.map(\.shape)))]
    }

    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(elementwise: saturatingProduct(inputs.count - 1, outputs[0].shape.elementCount))
    }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: true)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let operands = try request.inputs.indices.map { try request.input($0) }
        if operands.count == 2, request.output.elementType == .float32, let combination = Self.combination {
            let nest = try LoopNest.broadcasting(operands, to: request.output)
            return .kernel(
                CombineKernel(combination, nest: nest, ending: .none, options: request.options), inputs: [0, 1])
        }
        let kernel: any Kernel =
            switch request.output.elementType {
            case .float32: try fold(Float.self, operands, request.output)
            case .float64: try fold(Double.self, operands, request.output)
            case .int8: try fold(Int8.self, operands, request.output)
            case .uint8: try fold(UInt8.self, operands, request.output)
            case .int16: try fold(Int16.self, operands, request.output)
            case .uint16: try fold(UInt16.self, operands, request.output)
            case .int32: try fold(Int32.self, operands, request.output)
            case .uint32: try fold(UInt32.self, operands, request.output)
            case .int64: try fold(Int64.self, operands, request.output)
            case .uint64: try fold(UInt64.self, operands, request.output)
            case .bool: throw DeeperError(.unsupported, "arithmetic on bool")
            case .float16, .bfloat16: throw halfIsNotComputed
            }
        return .kernel(kernel, inputs: Array(request.inputs.indices))
    }

    private func fold<Element: Arithmetic>(
        _ type: Element.Type, _ operands: [TensorDescriptor], _ output: TensorDescriptor
    ) throws -> any Kernel {
        try FoldKernel<Element>(
            nests: operands.map { try LoopNest.broadcasting([$0], to: output) }, combine: Self.apply,
            finish: { [count = operands.count] in Self.finish($0, count: count) })
    }
}
