public import DeeperTensors

extension ElementType {
    /// The element type with the given number in ONNX's TensorProto.DataType.
    ///
    /// - Throws: `unsupported`, with the type's name, if ONNX has it; `invalidModel` if it does not.
    public init(onnx code: Int) throws {
        switch code {
        case 1: self = .float32
        case 2: self = .uint8
        case 3: self = .int8
        case 4: self = .uint16
        case 5: self = .int16
        case 6: self = .int32
        case 7: self = .int64
        case 9: self = .bool
        case 10: self = .float16
        case 11: self = .float64
        case 12: self = .uint32
        case 13: self = .uint64
        case 16: self = .bfloat16
        default:
            let names = [
                8: "string", 14: "complex64", 15: "complex128", 17: "float8e4m3fn", 18: "float8e4m3fnuz",
                19: "float8e5m2", 20: "float8e5m2fnuz", 21: "uint4", 22: "int4", 23: "float4e2m1",
                24: "float8e8m0", 25: "uint2", 26: "int2",
            ]
            guard let name = names[code] else {
                throw DeeperError(.invalidModel, "element type \(code) does not exist in ONNX")
            }
            let supported = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
            throw DeeperError(.unsupported, "element type \(name) is not supported; supported: \(supported)")
        }
    }

    /// The number of this type in ONNX's TensorProto.DataType.
    public var onnxCode: Int {
        switch self {
        case .float32: 1
        case .uint8: 2
        case .int8: 3
        case .uint16: 4
        case .int16: 5
        case .int32: 6
        case .int64: 7
        case .bool: 9
        case .float16: 10
        case .float64: 11
        case .uint32: 12
        case .uint64: 13
        case .bfloat16: 16
        }
    }
}

extension ElementType {
    static let integers = allCases.filter(\.isInteger)
    /// The types that arithmetic is computed in.
    static let numbers = [.float32, .float64] + integers
}

/// The error of operators for 16-bit floats. Only Cast should see them, because importers convert weights to float32,
/// and inputs by a Cast.
let halfIsNotComputed = DeeperError(.unsupported, "16-bit floats must be cast to float32 before arithmetic")
