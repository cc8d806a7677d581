internal import DeeperJSON
internal import DeeperTensors

extension InferenceResponse {
    /// The response as JSON; the outputs that are sent as bytes follow it, in order.
    ///
    /// - Throws: `badRequest` for elements that JSON cannot represent: NaN and infinities.
    public func json() throws -> [UInt8] {
        var text = JSONText()
        text.append("{\"model_name\":")
        text.append(quoting: modelName)
        text.append(",\"model_version\":")
        text.append(quoting: modelVersion)
        if let id {
            text.append(",\"id\":")
            text.append(quoting: id)
        }
        text.append(",\"outputs\":[")
        for (index, output) in outputs.enumerated() {
            if index > 0 { text.append(",") }
            text.append("{\"name\":")
            text.append(quoting: output.name)
            text.append(",\"datatype\":")
            text.append(quoting: output.datatype)
            text.append(",\"shape\":[")
            text.append(joining: output.shape) { $0.append($1) }
            if output.wantsBinary {
                text.append("],\"parameters\":{\"binary_data_size\":")
                text.append(output.byteCount)
                text.append("}}")
            } else {
                text.append("],\"data\":[")
                try output.appendData(to: &text)
                text.append("]}")
            }
        }
        text.append("]}")
        return text.bytes
    }
}

extension InferenceResponse.Output {
    fileprivate func appendData(to text: inout JSONText) throws {
        switch content {
        case .strings(let strings): text.append(joining: strings) { $0.append(quoting: $1) }
        case .elements(let tensor, let range):
            let size = tensor.elementType.byteCount
            let elements = range.lowerBound / size..<range.upperBound / size
            switch tensor.elementType {
            case .float32:
                try text.append(joining: try tensor.elements(as: Float.self)[elements]) {
                    try number($0.append($1), $1)
                }
            case .float16, .bfloat16:
                try text.append(joining: try tensor.floats()[elements]) { try number($0.append($1), $1) }
            case .float64:
                try text.append(joining: try tensor.elements(as: Double.self)[elements]) {
                    try number($0.append($1), $1)
                }
            case .bool:
                text.append(joining: try tensor.elements(as: Bool.self)[elements]) { $0.append($1 ? "true" : "false") }
            case .int8, .uint8, .int16, .uint16, .int32, .uint32, .int64:
                text.append(joining: try tensor.integers()[elements]) { $0.append($1) }
            case .uint64:
                text.append(joining: try tensor.elements(as: UInt64.self)[elements]) { $0.append($1) }
            }
        }
    }

    private func number(_ isNumber: Bool, _ value: some BinaryFloatingPoint) throws {
        guard isNumber else {
            throw ServingError(
                .badRequest, "output \"\(name)\" has an element \(value), which JSON cannot say; ask for binary data")
        }
    }
}

extension ServingError {
    /// The error in the form that every client of the protocol reads, with the request's ID for finding it in logs.
    public func json(requestID: String? = nil) -> [UInt8] {
        var text = JSONText()
        text.append("{\"error\":")
        text.append(quoting: message)
        if let requestID {
            text.append(",\"request_id\":")
            text.append(quoting: requestID)
        }
        text.append("}")
        return text.bytes
    }
}

extension JSONText {
    fileprivate mutating func append<Items: Sequence>(
        joining items: Items, _ append: (inout JSONText, Items.Element) throws -> Void
    ) rethrows {
        var isFirst = true
        for item in items {
            if !isFirst { self.append(",") }
            isFirst = false
            try append(&self, item)
        }
    }
}
