#if Server
internal import DeeperInferenceProtocol
internal import DeeperTensors
internal import FoundationEssentials

extension InferenceRequest {
    /// Creates a request from a gRPC message, whose tensors are either all raw bytes or typed lists.
    ///
    /// - Throws: `badRequest`.
    init(_ message: Inference_ModelInferRequest) throws {
        guard max(message.inputs.count, message.outputs.count) <= Self.largestPortCount else {
            throw ServingError(.badRequest, "the request names more than \(Self.largestPortCount) inputs or outputs")
        }
        let isRaw = !message.rawInputContents.isEmpty
        guard !isRaw || message.rawInputContents.count == message.inputs.count else {
            throw ServingError(
                .badRequest,
                "raw_input_contents has \(message.rawInputContents.count) entries for \(message.inputs.count) inputs")
        }
        var inputs: [Input] = []
        for (index, tensor) in message.inputs.enumerated() {
            let type = try ElementType(datatype: tensor.datatype)
            let shape = try Shape(requested: tensor.shape)
            guard !isRaw || !tensor.hasContents else {
                throw ServingError(
                    .badRequest, "input \"\(tensor.name)\" has contents although raw_input_contents has them")
            }
            let content: any TensorContent =
                try isRaw
                ? DataContent(data: message.rawInputContents[index])
                : tensor.contents.tensor(type, shape, tensor.name)
            inputs.append(try Input(name: tensor.name, elementType: type, shape: shape, content: content))
        }
        let outputs = try message.outputs.map { output in
            let count = try output.parameters["classification"].map { try $0.integer("classification") }
            guard count ?? 1 > 0 else {
                throw ServingError(.badRequest, "output \"\(output.name)\": classification should be at least 1")
            }
            return Output(
                name: output.name, classCount: try JSONRequestParser.checkedClassCount(count, output.name),
                wantsBinary: true)
        }
        self.init(
            id: message.id.isEmpty ? nil : message.id,
            timeoutMicroseconds: try message.parameters["timeout"].map { try $0.integer("timeout") }, inputs: inputs,
            outputs: outputs.isEmpty ? nil : outputs, wantsBinary: true)
    }
}

extension Inference_InferParameter {
    fileprivate func integer(_ name: String) throws -> Int {
        switch parameterChoice {
        case .int64Param(let value): return Int(value)
        case .uint64Param(let value) where value <= Int.max: return Int(value)
        default: throw ServingError(.badRequest, "parameter \"\(name)\" is not an integer")
        }
    }
}

extension Inference_InferTensorContents {
    fileprivate func tensor(_ type: ElementType, _ shape: Shape, _ name: String) throws -> Tensor {
        switch type {
        case .float32: try checked(fp32Contents, shape, name)
        case .float64: try checked(fp64Contents, shape, name)
        case .float16, .bfloat16:
            throw ServingError(
                .badRequest, "input \"\(name)\" has datatype \(type.datatype), which comes in raw_input_contents only")
        case .bool: try checked(boolContents, shape, name)
        case .int8: try checked(intContents.map { try Self.narrowed($0, name) as Int8 }, shape, name)
        case .int16: try checked(intContents.map { try Self.narrowed($0, name) as Int16 }, shape, name)
        case .int32: try checked(intContents, shape, name)
        case .int64: try checked(int64Contents, shape, name)
        case .uint8: try checked(uintContents.map { try Self.narrowed($0, name) as UInt8 }, shape, name)
        case .uint16: try checked(uintContents.map { try Self.narrowed($0, name) as UInt16 }, shape, name)
        case .uint32: try checked(uintContents, shape, name)
        case .uint64: try checked(uint64Contents, shape, name)
        }
    }

    private func checked<Element: TensorElement>(_ elements: [Element], _ shape: Shape, _ name: String) throws -> Tensor
    {
        guard elements.count == shape.elementCount else {
            throw ServingError(
                .badRequest,
                "input \"\(name)\" has shape \(shape), \(shape.elementCount) elements, its contents have \(elements.count)"
            )
        }
        return try Tensor(elements, shape: shape)
    }

    private static func narrowed<Wide: BinaryInteger, Narrow: FixedWidthInteger>(
        _ value: Wide, _ name: String
    ) throws -> Narrow {
        guard let value = Narrow(exactly: value) else {
            throw ServingError(.badRequest, "input \"\(name)\": \(value) is beyond the range of its datatype")
        }
        return value
    }
}

/// Tensor content in the bytes of a message.
private struct DataContent: TensorContent {
    let data: Data
    var byteCount: Int { data.count }

    func copy(into target: UnsafeMutableRawBufferPointer) {
        data.withUnsafeBytes { target.copyMemory(from: $0) }
    }
}
#endif
