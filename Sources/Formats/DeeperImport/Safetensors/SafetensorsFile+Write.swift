public import DeeperTensors

extension SafetensorsFile {
    /// Writes tensors in the safetensors format, in the order given. The file appears at `path` only when it is
    /// complete.
    ///
    /// - Parameters:
    ///   - halvesFloats: whether float32 is rounded to float16.
    ///   - metadata: arbitrary texts by key.
    /// - Throws: `fileNotFound` if the file cannot be made, `limitExceeded` if the system refuses to write it; an
    ///   existing file is then unchanged. `invalidInput` if two tensors have the same name, a tensor is named
    ///   `__metadata__`, or a number is beyond the range of float16.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], halvesFloats: Bool = false,
        to path: String
    ) throws {
        try locating(path) {
            guard Set(tensors.map(\.name)).count == tensors.count,
                !tensors.contains(where: { $0.name == "__metadata__" })
            else { throw DeeperError(.invalidInput, "two tensors have the same name, or one is named __metadata__") }
            var members: [String] = []
            if !metadata.isEmpty {
                let texts = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
                members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
            }
            var offset = 0
            for (name, tensor) in tensors {
                let isHalved = halvesFloats && tensor.elementType == .float32
                let count = isHalved ? tensor.byteCount / 2 : tensor.byteCount
                let extents = tensor.shape.dimensions.map(String.init).joined(separator: ",")
                members.append(
                    "\(quoted(name)):{\"dtype\":\""
                        + "\(isHalved ? "F16" : SafetensorsElementType(tensor.elementType).rawValue)\""
                        + ",\"shape\":[\(extents)],\"data_offsets\":[\(offset),\(offset + count)]}")
                offset += count
            }
            var header = Array("{\(members.joined(separator: ","))}".utf8)
            header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
            try AtomicFile.write(to: path) { file in
                try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try file.append($0) }
                try header.withUnsafeBytes { try file.append($0) }
                for (name, tensor) in tensors {
                    if halvesFloats, tensor.elementType == .float32 {
                        let halves = try tensor.elements(as: Float.self).map { value in
                            let half = Float16(nearest: Double(value))
                            guard half.isFinite || !value.isFinite else {
                                throw DeeperError(.invalidInput, "\(value) in \(name) is beyond the range of float16")
                            }
                            return half.bitPattern.littleEndian
                        }
                        try halves.withUnsafeBytes { try file.append($0) }
                    } else {
                        try tensor.withUnsafeBytes { try file.append($0) }
                    }
                }
            }
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
