public import DeeperTensors

extension ElementType {
    /// The name of the type in the Open Inference Protocol.
    public var datatype: String {
        switch self {
        case .float32: "FP32"
        case .float64: "FP64"
        case .float16: "FP16"
        case .bfloat16: "BF16"
        case .int8: "INT8"
        case .uint8: "UINT8"
        case .int16: "INT16"
        case .uint16: "UINT16"
        case .int32: "INT32"
        case .uint32: "UINT32"
        case .int64: "INT64"
        case .uint64: "UINT64"
        case .bool: "BOOL"
        }
    }

    /// Creates the type that has this name in the Open Inference Protocol.
    ///
    /// - Throws: `badRequest` for a name that deeper has no type for, such as BYTES.
    public init(datatype: String) throws {
        guard let type = ElementType.allCases.first(where: { $0.datatype == datatype }) else {
            let names = ElementType.allCases.map(\.datatype).joined(separator: ", ")
            throw ServingError(.badRequest, "datatype \(datatype) is none of \(names)")
        }
        self = type
    }

    /// The name in Triton's model configuration.
    public var configurationName: String { "TYPE_\(datatype)" }
}
