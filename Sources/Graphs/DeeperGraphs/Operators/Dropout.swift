internal import DeeperKernels
public import DeeperTensors

/// ONNX Dropout at inference: Y is X, the mask is all ones. Training mode is rejected unless the ratio is 0.
public struct Dropout: Operator {
    public static let name = "Dropout"
    public static let inputCount = 1...3
    public static let outputCount = 1...2
    /// The ratio attribute of opsets before 12; since then, the ratio is input 1.
    public let ratio: Float?
    /// Whether the mask is bool; before opset 10 it has X's type.
    private let isMaskBool: Bool

    public init(_ attributes: inout AttributeReader) throws {
        // Exporters still write the attribute that opset 7 removed.
        let isTest = try attributes.flag("is_test", default: attributes.opset >= 7)
        guard isTest else { throw DeeperError(.unsupported, "Dropout with is_test = 0 (training)") }
        isMaskBool = attributes.opset >= 10
        ratio = attributes.opset < 12 ? try attributes.float("ratio", default: 0.5) : nil
        attributes.ignore("ratio", "seed")
    }

    public var valueInputs: [Int] { [1, 2] }

    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        if inputs.has(2), try inputs.integers(2) != [0] {
            let ratio = inputs.has(1) ? try inputs.knownValue(1).doubles().first ?? 0.5 : 0.5
            guard ratio == 0 else { throw DeeperError(.unsupported, "Dropout in training mode") }
        }
        let shape = try inputs.shape(0, .float32, .float64)
        let type = try inputs.type(0)
        return [type, TensorType(isMaskBool ? .bool : type.elementType, shape)]
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        guard request.usedOutputs.count > 1, request.usedOutputs[1] else { return .alias(input: 0) }
        return .kernel(
            CopyWithMaskKernel(
                byteCount: request.output.type.byteCount, maskType: request.outputs[1].elementType,
                maskCount: request.output.shape.elementCount),
            inputs: [0])
    }
}
