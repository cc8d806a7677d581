import DeeperGraphs
import DeeperTensors
internal import FoundationEssentials

/// Converts stored ONNX tensors to ours, from all fields in which the format can hold the numbers.
struct ONNXTensorReader {
    /// The folder that may hold external data; if nil, external data is refused.
    let folder: String?
    /// External files that were opened, by path, because one file may hold many tensors.
    private let files = Files()

    private final class Files {
        var byPath: [String: OpenFile] = [:]
    }

    init(folder: String?) { self.folder = folder }

    /// The raw data of a tensor that was left in its file.
    struct Data {
        var byteCount: Int
        var source: any TensorSource
    }

    /// - Parameter data: the raw data, if it is not in the message.
    /// - Throws: `invalidModel` if sizes, dimensions and data do not agree; `unsupported` for other element types.
    func tensor(_ proto: Onnx_TensorProto, data: Data? = nil) throws -> Tensor {
        let type = try ElementType(onnx: Int(proto.dataType))
        let shape = try Shape(validating: proto.dims.map(Int.init))
        guard !proto.hasSegment else { throw DeeperError(.unsupported, "a tensor stored in segments") }
        if proto.dataLocation == .external { return try external(proto, type, shape) }
        let fields = [
            proto.hasRawData && !proto.rawData.isEmpty || data != nil, !proto.floatData.isEmpty,
            !proto.int32Data.isEmpty,
            !proto.int64Data.isEmpty, !proto.doubleData.isEmpty, !proto.uint64Data.isEmpty, !proto.stringData.isEmpty,
        ]
        guard fields.filter({ $0 }).count <= 1 else {
            throw DeeperError(.invalidModel, "the tensor holds its data twice")
        }
        if let data { return try ONNXTensorReader.deferred(data, type, shape) }
        if proto.hasRawData {
            return try proto.rawData.withUnsafeBytes { try ONNXTensorReader.raw($0, type, shape) }
        }
        switch type {
        case .float32: return try typed(proto.floatData, shape)
        case .float64: return try typed(proto.doubleData, shape)
        case .float16:
            return try typed(proto.int32Data.map { Float16(bitPattern: UInt16(truncatingIfNeeded: $0)) }, shape)
        case .bfloat16:
            return try typed(proto.int32Data.map { BFloat16(bitPattern: UInt16(truncatingIfNeeded: $0)) }, shape)
        case .int64: return try typed(proto.int64Data, shape)
        case .uint64: return try typed(proto.uint64Data, shape)
        case .uint32: return try typed(proto.uint64Data.map(UInt32.init(truncatingIfNeeded:)), shape)
        case .int32: return try typed(proto.int32Data, shape)
        case .int16: return try typed(proto.int32Data.map(Int16.init(truncatingIfNeeded:)), shape)
        case .uint16: return try typed(proto.int32Data.map(UInt16.init(truncatingIfNeeded:)), shape)
        case .int8: return try typed(proto.int32Data.map(Int8.init(truncatingIfNeeded:)), shape)
        case .uint8: return try typed(proto.int32Data.map(UInt8.init(truncatingIfNeeded:)), shape)
        case .bool: return try typed(proto.int32Data.map { $0 != 0 }, shape)
        }
    }

    private func typed<Element: TensorElement>(_ elements: [Element], _ shape: Shape) throws -> Tensor {
        guard elements.count == shape.elementCount else {
            throw DeeperError(
                .invalidModel, "\(elements.count) elements are stored, shape \(shape) has \(shape.elementCount)")
        }
        return try Tensor(elements, shape: shape)
    }

    private static func deferred(_ data: Data, _ type: ElementType, _ shape: Shape) throws -> Tensor {
        let expected = shape.elementCount * type.byteCount
        guard data.byteCount == expected else {
            throw DeeperError(.invalidModel, "\(data.byteCount) bytes are stored, \(type)\(shape) takes \(expected)")
        }
        guard type != .bool else {
            // A stored bool may be any byte; ours are 0 and 1.
            return try Tensor(type, shape: shape) { target in
                try data.source.read(into: target)
                for index in target.indices where target[index] != 0 { target[index] = 1 }
            }
        }
        return try Tensor(type, shape: shape, source: data.source)
    }

    private static func raw(_ bytes: UnsafeRawBufferPointer, _ type: ElementType, _ shape: Shape) throws -> Tensor {
        let expected = shape.elementCount * type.byteCount
        guard bytes.count == expected else {
            throw DeeperError(.invalidModel, "\(bytes.count) bytes are stored, \(type)\(shape) takes \(expected)")
        }
        return try Tensor(type, shape: shape) { target in
            if type == .bool {
                // A stored bool may be any byte; ours are 0 and 1.
                for index in bytes.indices { target[index] = bytes[index] == 0 ? 0 : 1 }
            } else {
                target.copyMemory(from: bytes)
            }
        }
    }

    /// External data: in a file in the model's folder or below it, after links are resolved, never elsewhere.
    private func external(_ proto: Onnx_TensorProto, _ type: ElementType, _ shape: Shape) throws -> Tensor {
        var entries: [String: String] = [:]
        for entry in proto.externalData { entries[entry.key] = entry.value }
        guard let location = entries["location"], !location.isEmpty else {
            throw DeeperError(.invalidModel, "external data without a location")
        }
        guard let folder else { throw DeeperError(.unsupported, "external data of a model that is not a file") }
        let parts = location.split(separator: "/", omittingEmptySubsequences: false)
        guard !location.hasPrefix("/"), !parts.contains(".."), !location.utf8.contains(0) else {
            throw DeeperError(
                .invalidModel, "external data at \(location.quotedForMessage), outside the model's folder")
        }
        let root = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        let path = URL(fileURLWithPath: folder + "/" + location).resolvingSymlinksInPath().path
        guard path.hasPrefix(root.hasSuffix("/") ? root : root + "/") else {
            throw DeeperError(
                .invalidModel, "external data at \(location.quotedForMessage), outside the model's folder")
        }
        return try locating("external data \(location.quotedForMessage)") {
            let file = try opened(path)
            let offset = try number(entries["offset"], "offset") ?? 0
            let expected = shape.elementCount * type.byteCount
            let length = try number(entries["length"], "length") ?? expected
            guard length == expected, offset <= file.byteCount, length <= file.byteCount - offset else {
                throw DeeperError(
                    .invalidModel,
                    "\(length) bytes at \(offset) of a file of \(file.byteCount), \(type)\(shape) takes \(expected)")
            }
            return try ONNXTensorReader.deferred(
                Data(byteCount: length, source: FileSource(file, offset..<offset + length)), type, shape)
        }
    }

    /// A missing data file makes the model invalid; the model itself was found.
    private func opened(_ path: String) throws -> OpenFile {
        if let known = files.byPath[path] { return known }
        do {
            let file = try OpenFile(path: path)
            files.byPath[path] = file
            return file
        } catch let error as DeeperError where error.code == .fileNotFound {
            throw DeeperError(.invalidModel, "the file cannot be opened: \(error.message)")
        }
    }

    private func number(_ text: String?, _ name: String) throws -> Int? {
        guard let text else { return nil }
        guard let value = Int(text), value >= 0 else {
            throw DeeperError(.invalidModel, "\(name) is \(text.quotedForMessage), expected a number from 0")
        }
        return value
    }
}
