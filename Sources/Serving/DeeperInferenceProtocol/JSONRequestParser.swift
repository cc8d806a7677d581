internal import DeeperJSON
internal import DeeperTensors

/// Reads the body of an infer request: JSON, followed by tensors as bytes.
///
/// Unknown members are skipped, and `null` means that a member is left out, as in the servers that clients know. Memory
/// is reserved only after the bytes that fill it have arrived.
public struct JSONRequestParser {
    private let binary: (Range<Int>) -> any TensorContent
    private let binaryByteCount: Int
    private var binaryPosition = 0

    private init(binaryByteCount: Int, binary: @escaping (Range<Int>) -> any TensorContent) {
        self.binaryByteCount = binaryByteCount
        self.binary = binary
    }

    /// - Parameters:
    ///   - json: the bytes before the tensors.
    ///   - binaryByteCount: the number of bytes that follow the JSON.
    ///   - binary: returns a part of them.
    /// - Throws: `badRequest` with the place where the body violates the protocol.
    public static func parse(
        _ json: [UInt8], binaryByteCount: Int,
        binary: @escaping (Range<Int>) -> any TensorContent
    ) throws -> InferenceRequest {
        var parser = JSONRequestParser(binaryByteCount: binaryByteCount, binary: binary)
        do {
            return try parser.request(json)
        } catch let error as DeeperError {
            throw ServingError(.badRequest, "\(error)")
        }
    }

    /// Whether the body of a request for the index asks only for ready models: `{"ready": true}`, or is empty.
    public static func indexIsReadyOnly(_ body: [UInt8]) throws -> Bool {
        guard !body.isEmpty else { return false }
        do {
            var reader = try JSONReader(body, errors: .invalidInput)
            var result = false
            try reader.object { name, reader in
                if name == "ready", !reader.skipNull() { result = try reader.boolean() } else { try reader.skipValue() }
            }
            try reader.end()
            return result
        } catch let error as DeeperError {
            throw ServingError(.badRequest, "\(error)")
        }
    }

    private mutating func request(_ json: [UInt8]) throws -> InferenceRequest {
        var reader = try JSONReader(json, errors: .invalidInput)
        var result = InferenceRequest(inputs: [])
        var hasInputs = false
        try reader.object { name, reader in
            if reader.skipNull() { return }
            switch name {
            case "id":
                let id = try reader.string()
                result.id = id.isEmpty ? nil : id
            case "parameters":
                let parameters = try Parameters(&reader)
                result.timeoutMicroseconds = parameters.timeout
                result.wantsBinary = parameters.binaryDataOutput ?? false
            case "inputs":
                guard !hasInputs else { throw ServingError(.badRequest, "\"inputs\" comes twice") }
                hasInputs = true
                try reader.array { reader in
                    try Self.checkCount(result.inputs.count)
                    result.inputs.append(try input(&reader))
                }
            case "outputs":
                var outputs: [InferenceRequest.Output] = []
                try reader.array { reader in
                    try Self.checkCount(outputs.count)
                    outputs.append(try Self.output(&reader))
                }
                result.outputs = outputs.isEmpty ? nil : outputs
            default: try reader.skipValue()
            }
        }
        try reader.end()
        guard hasInputs else { throw ServingError(.badRequest, "the request has no \"inputs\"") }
        guard binaryPosition == binaryByteCount else {
            throw ServingError(
                .badRequest,
                "\(binaryByteCount) bytes follow the JSON, the inputs' binary_data_size add up to \(binaryPosition)")
        }
        return result
    }

    private mutating func input(_ reader: inout JSONReader) throws -> InferenceRequest.Input {
        var name: String?
        var shape: Shape?
        var type: ElementType?
        var parameters = Parameters()
        // Read immediately if its type is already known, otherwise after all other members.
        var data: Tensor?
        var postponed: JSONReader?
        var known: Set<String> = []
        try reader.object { member, reader in
            if reader.skipNull() { return }
            // A shape or type that changes after the data were read would not belong to them.
            guard known.insert(member).inserted || !["shape", "datatype", "data", "parameters"].contains(member) else {
                throw ServingError(.badRequest, "input \"\(name ?? "")\" has \"\(member)\" twice")
            }
            switch member {
            case "name": name = try reader.string()
            case "datatype": type = try ElementType(datatype: try reader.string())
            case "shape":
                var extents: [Int64] = []
                try reader.array { reader in
                    guard extents.count < Shape.largestRequestedRank else {
                        throw ServingError(
                            .badRequest, "a shape has more than \(Shape.largestRequestedRank) dimensions")
                    }
                    extents.append(try reader.integer())
                }
                shape = try Shape(requested: extents)
            case "parameters": parameters = try Parameters(&reader)
            case "data":
                if let type, let shape {
                    data = try Self.tensor(type, shape, name, &reader)
                } else {
                    postponed = reader
                    try reader.skipValue()
                }
            default: try reader.skipValue()
            }
        }
        guard let name, let shape, let type else {
            throw ServingError(
                .badRequest, "input \"\(name ?? "")\" needs \"name\", \"shape\" and \"datatype\"")
        }
        if let size = parameters.binaryDataSize {
            guard data == nil, postponed == nil else {
                throw ServingError(.badRequest, "input \"\(name)\" has both \"data\" and \"binary_data_size\"")
            }
            let end = binaryPosition.addingReportingOverflow(size)
            guard size >= 0, !end.overflow, end.partialValue <= binaryByteCount else {
                throw ServingError(
                    .badRequest,
                    "input \"\(name)\" has binary_data_size \(size), \(binaryByteCount - binaryPosition) bytes are left"
                )
            }
            defer { binaryPosition = end.partialValue }
            return try InferenceRequest.Input(
                name: name, elementType: type, shape: shape, content: binary(binaryPosition..<end.partialValue))
        }
        if var reader = postponed { data = try Self.tensor(type, shape, name, &reader) }
        guard let data else {
            throw ServingError(.badRequest, "input \"\(name)\" has neither \"data\" nor \"binary_data_size\"")
        }
        return try InferenceRequest.Input(name: name, elementType: type, shape: shape, content: data)
    }

    private static func output(_ reader: inout JSONReader) throws -> InferenceRequest.Output {
        var name: String?
        var parameters = Parameters()
        try reader.object { member, reader in
            if reader.skipNull() { return }
            switch member {
            case "name": name = try reader.string()
            case "parameters": parameters = try Parameters(&reader)
            default: try reader.skipValue()
            }
        }
        guard let name else { throw ServingError(.badRequest, "an output has no \"name\"") }
        return InferenceRequest.Output(
            name: name, classCount: try checkedClassCount(parameters.classification, name),
            wantsBinary: parameters.binaryData)
    }

    /// - Throws: `badRequest` for a number of classes that is out of range.
    public static func checkedClassCount(_ count: Int?, _ name: String) throws -> Int {
        guard let count else { return 0 }
        guard (0...InferenceRequest.largestClassCount).contains(count) else {
            throw ServingError(.badRequest, "output \"\(name)\": classification \(count) is no number of classes")
        }
        return count
    }

    private static func checkCount(_ count: Int) throws {
        guard count < InferenceRequest.largestPortCount else {
            throw ServingError(
                .badRequest, "the request names more than \(InferenceRequest.largestPortCount) inputs or outputs")
        }
    }
}
