public import DeeperKernels
public import DeeperTensors

/// ONNX Clip: x limited to the range from a minimum to a maximum, elementwise. The bounds are attributes before opset
/// 11, inputs since then.
public struct Clip: Operator {
    public static let name = "Clip"
    public static let inputCount = 1...3
    private let minimum: Float?
    private let maximum: Float?
    private let hasInputs: Bool

    public init(_ attributes: inout AttributeReader) throws {
        hasInputs = attributes.opset >= 11
        minimum = hasInputs ? nil : try attributes.float("min")
        maximum = hasInputs ? nil : try attributes.float("max")
    }

    public var valueInputs: [Int] { [1, 2] }

    /// The bounds, if they are known: attributes, or the given values of inputs 1 and 2.
    public func range(minimum lower: Tensor?, maximum upper: Tensor?) throws -> ClampRange {
        ClampRange(
            lower: try bound(lower) ?? minimum ?? -.infinity, upper: try bound(upper) ?? maximum ?? .infinity)
    }

    private func bound(_ tensor: Tensor?) throws -> Float? {
        guard let tensor else { return nil }
        guard tensor.shape.elementCount == 1 else {
            throw DeeperError(.invalidModel, "a bound has shape \(tensor.shape), expected a scalar")
        }
        return Float(try tensor.doubles()[0])
    }

    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        guard type.elementType != .bool else { throw DeeperError(.unsupported, "Clip of bool") }
        guard hasInputs || type.elementType.isFloatingPoint else {
            throw DeeperError(.unsupported, "Clip of \(type.elementType) before opset 11")
        }
        for index in 1...2 where inputs.has(index) {
            let bound = try inputs.type(index)
            guard bound.elementType == type.elementType else {
                throw DeeperError(.invalidModel, "bound \(index) is \(bound), expected \(type.elementType)")
            }
        }
        return [type]
    }

    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        let bounds = hasInputs ? inputs.dropFirst().count { $0 != nil } : [minimum, maximum].count { $0 != nil }
        return OperationCount(activation: saturatingProduct(bounds, outputs[0].shape.elementCount))
    }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: outputs[0].elementType == .float32)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let lower = request.hasInput(1) ? try request.knownValue(1) : nil
        let upper = request.hasInput(2) ? try request.knownValue(2) : nil
        if request.output.elementType == .float32 {
            return try request.activation(clamp: range(minimum: lower, maximum: upper))
        }
        let count = request.output.shape.elementCount
        let kernel: any Kernel =
            switch request.output.elementType {
            case .float64:
                try clamp(
                    Double.self, count, lower, upper, minimum.map(Double.init) ?? -.infinity,
                    maximum.map(Double.init) ?? .infinity)
            case .int8: try clamp(Int8.self, count, lower, upper, .min, .max)
            case .uint8, .bool: try clamp(UInt8.self, count, lower, upper, .min, .max)
            case .int16: try clamp(Int16.self, count, lower, upper, .min, .max)
            case .uint16: try clamp(UInt16.self, count, lower, upper, .min, .max)
            case .int32: try clamp(Int32.self, count, lower, upper, .min, .max)
            case .uint32: try clamp(UInt32.self, count, lower, upper, .min, .max)
            case .int64: try clamp(Int64.self, count, lower, upper, .min, .max)
            case .uint64: try clamp(UInt64.self, count, lower, upper, .min, .max)
            case .float32, .float16, .bfloat16: throw halfIsNotComputed
            }
        return .kernel(kernel, inputs: [0])
    }

    private func clamp<Element: Arithmetic>(
        _ type: Element.Type, _ count: Int, _ lower: Tensor?, _ upper: Tensor?, _ lowest: Element, _ highest: Element
    ) throws -> MapKernel {
        let low = try lower?.elements(as: type).first ?? lowest
        let high = try upper?.elements(as: type).first ?? highest
        return MapKernel(count: count) { (x: Element) in Element.smaller(Element.larger(x, low), high) }
    }
}
