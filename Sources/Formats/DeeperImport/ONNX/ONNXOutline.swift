/// An ONNX file without its large weights. What is left is small and quickly decoded; the weights stay in the file.
///
/// Protobuf writes the length of a nested message before it, so fields are found by skipping from one to the next. For
/// unexpected bytes there is no outline; they are left to the decoder and its error messages.
struct ONNXOutline {
    /// The model without the data of large initializers.
    private(set) var model: [UInt8] = []
    /// Where the data of an initializer is in the file, by its number among the initializers.
    private(set) var data: [Int: Range<Int>] = [:]

    /// The fewest bytes of data that are left out; smaller data stays in the model.
    static let smallestData = 1 << 16

    // Field numbers of ModelProto.graph, GraphProto.initializer and TensorProto.raw_data.
    private static let graph: UInt64 = 7
    private static let initializer: UInt64 = 5
    private static let rawData: UInt64 = 9

    /// - Returns: nil if the bytes are not a sequence of fields, or do not contain exactly one graph.
    init?(of file: UnsafeRawBufferPointer) {
        guard let fields = ProtobufFields(file, 0..<file.count) else { return nil }
        var graphs = 0
        for field in fields.all {
            guard field.number == ONNXOutline.graph, field.kind == .bytes else {
                model += file[field.range]
                continue
            }
            graphs += 1
            guard let graph = outlineGraph(file, field.contents) else { return nil }
            append(ONNXOutline.graph, graph)
        }
        guard graphs == 1 else { return nil }
    }

    private mutating func append(_ field: UInt64, _ contents: [UInt8]) {
        ONNXOutline.append(field, contents, to: &model)
    }

    /// Appends a field with its length and contents.
    private static func append(_ field: UInt64, _ contents: [UInt8], to bytes: inout [UInt8]) {
        for var number in [field << 3 | 2, UInt64(contents.count)] {
            while number > 0x7f {
                bytes.append(UInt8(number & 0x7f) | 0x80)
                number >>= 7
            }
            bytes.append(UInt8(number))
        }
        bytes += contents
    }

    private mutating func outlineGraph(_ file: UnsafeRawBufferPointer, _ range: Range<Int>) -> [UInt8]? {
        guard let fields = ProtobufFields(file, range) else { return nil }
        var result: [UInt8] = []
        var initializers = 0
        for field in fields.all {
            guard field.number == ONNXOutline.initializer, field.kind == .bytes else {
                result += file[field.range]
                continue
            }
            defer { initializers += 1 }
            if field.contents.count >= ONNXOutline.smallestData, let tensor = ProtobufFields(file, field.contents) {
                let raw = tensor.all.filter { $0.number == ONNXOutline.rawData }
                if raw.count == 1, raw[0].kind == .bytes, raw[0].contents.count >= ONNXOutline.smallestData {
                    data[initializers] = raw[0].contents
                    let kept = tensor.all.filter { $0.number != ONNXOutline.rawData }.flatMap { file[$0.range] }
                    ONNXOutline.append(ONNXOutline.initializer, kept, to: &result)
                    continue
                }
            }
            result += file[field.range]
        }
        return result
    }
}
