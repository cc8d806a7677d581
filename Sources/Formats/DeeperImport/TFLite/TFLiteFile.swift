import DeeperTensors

/// What a TFLite file holds: the tensors and operators of its main graph. The bytes of weights stay in the file.
struct TFLiteFile {
    let tensors: [TFLiteTensor]
    let operations: [TFLiteOperation]
    let inputs: [Int]
    let outputs: [Int]
    /// The names of inputs and outputs by tensor, if the file gives them names apart from those of its tensors.
    private(set) var signature: [Int: String] = [:]
    let description: String
    /// Where the data that the metadata name are, by their names.
    private(set) var metadata: [String: Range<Int>] = [:]

    /// The four bytes that mark a TFLite file, after the offset of its root.
    static let identifier = [UInt8]("TFL3".utf8)
    fileprivate static let mostNameBytes = 4096

    /// - Throws: `invalidModel` for a damaged file; `unsupported` for another version of the format.
    init(_ file: Flatbuffer) throws {
        guard file.bytes.count >= 8, file.bytes[4..<8].elementsEqual(TFLiteFile.identifier) else {
            throw DeeperError(.invalidModel, "not a TFLite file: bytes 4 to 7 are not \"TFL3\"")
        }
        let model = try FlatbufferTable(rootOf: file)
        let version = try model.unsigned(0)
        guard version == 3 else { throw DeeperError(.unsupported, "version \(version) of TFLite, supported: 3") }
        description = try model.text(3)
        let codes = try model.tables(1).map { try TFLiteOperation.name(of: $0) }
        let buffers = try model.tables(4).map { try TFLiteFile.range(of: $0, in: file) }
        guard let graph = try model.tables(2).first else {
            throw DeeperError(.invalidModel, "the file has no graph")
        }
        let tensors = try graph.tables(0).enumerated().map { index, table in
            try locating("tensor \(index)") { try TFLiteTensor(table, index, buffers) }
        }
        self.tensors = tensors
        inputs = try TFLiteFile.checked(graph.ints(1), tensors.count)
        outputs = try TFLiteFile.checked(graph.ints(2), tensors.count, canRepeat: true)
        operations = try graph.tables(3).enumerated().map { index, table in
            try locating("operator \(index)") { try TFLiteOperation(table, index, codes, tensors) }
        }
        for table in try model.tables(6) {
            let buffer = try table.unsigned(1)
            guard buffer < buffers.count else {
                throw DeeperError(.invalidModel, "metadata are in buffer \(buffer) of \(buffers.count)")
            }
            metadata[try table.text(0)] = buffers[buffer]
        }
        let signatures = try model.tables(7).filter { try $0.unsigned(4) == 0 }
        if signatures.count == 1 { try readNames(signatures[0]) }
    }

    /// Names count only if all inputs, or all outputs, have one of their own.
    private mutating func readNames(_ table: FlatbufferTable) throws {
        for (field, ports) in [(0, inputs), (1, outputs)] {
            var names: [Int: String] = [:]
            for entry in try table.tables(field) { names[try entry.unsigned(1)] = try entry.text(0) }
            guard Set(names.keys) == Set(ports), Set(names.values).count == names.count,
                names.values.allSatisfy({ !$0.isEmpty && $0.utf8.count <= TFLiteFile.mostNameBytes })
            else { continue }
            signature.merge(names) { first, _ in first }
        }
    }

    /// The bytes of a buffer: in the flatbuffer, or after it in files of more than 2 GB.
    private static func range(of buffer: FlatbufferTable, in file: Flatbuffer) throws -> Range<Int> {
        if let range = try buffer.byteRange(0), !range.isEmpty { return range }
        let (offset, size) = (try buffer.long(1), try buffer.long(2))
        // 1 marks a buffer without bytes.
        guard offset > 1, size > 0 else { return 0..<0 }
        guard size <= UInt64(file.bytes.count), offset <= UInt64(file.bytes.count) - size else {
            throw DeeperError(
                .invalidModel, "a buffer reaches beyond the end of the file: \(size) bytes from \(offset)")
        }
        return Int(offset)..<Int(offset + size)
    }

    private static func checked(_ tensors: [Int], _ count: Int, canRepeat: Bool = false) throws -> [Int] {
        if let bad = tensors.first(where: { !(0..<count).contains($0) }) {
            throw DeeperError(.invalidModel, "an input or output is tensor \(bad) of \(count)")
        }
        guard canRepeat || Set(tensors).count == tensors.count else {
            throw DeeperError(.invalidModel, "a tensor is listed twice among the inputs")
        }
        return tensors
    }
}

/// A value of the graph, or a constant.
struct TFLiteTensor {
    let name: String
    /// The number of the type of elements in the schema.
    let type: Int
    /// The extents; those that are open are what they were when the file was written.
    let extents: [Int]
    /// Whether an extent is open.
    let isOpen: [Bool]
    /// Where the bytes of a constant are; empty for a value that is computed.
    let bytes: Range<Int>
    let scales: [Float]
    let zeroPoints: [Int]
    /// The axis of several scales.
    let scaleAxis: Int
    let sparsity: TFLiteSparsity?
    private let isVariable: Bool

    private static let mostAxes = 8

    init(_ table: FlatbufferTable, _ index: Int, _ buffers: [Range<Int>]) throws {
        let given = try table.text(3)
        name = given.isEmpty || given.utf8.count > TFLiteFile.mostNameBytes ? "tensor \(index)" : given
        type = try table.byte(1)
        extents = try table.ints(0)
        let signature = try table.ints(7)
        guard extents.count <= TFLiteTensor.mostAxes, signature.isEmpty || signature.count == extents.count else {
            throw DeeperError(
                .invalidModel, "the tensor has \(extents.count) axes and \(signature.count) in its signature")
        }
        _ = try Shape(validating: extents)
        isOpen = extents.indices.map { !signature.isEmpty && signature[$0] < 0 }
        let buffer = try table.unsigned(2)
        guard buffer < max(1, buffers.count) else {
            throw DeeperError(.invalidModel, "the tensor is in buffer \(buffer) of \(buffers.count)")
        }
        bytes = buffers.isEmpty ? 0..<0 : buffers[buffer]
        let quantization = try table.table(4)
        scales = try quantization?.floats(2) ?? []
        zeroPoints = try quantization?.longs(3) ?? []
        scaleAxis = try quantization?.int(6) ?? 0
        sparsity = try table.table(6).map { try TFLiteSparsity($0) }
        isVariable = try table.flag(5)
        guard zeroPoints.count <= 1 || zeroPoints.count == scales.count,
            scales.count <= 1 || extents.indices.contains(scaleAxis) && extents[scaleAxis] == scales.count
        else {
            throw DeeperError(
                .invalidModel,
                "the tensor has \(scales.count) scales and \(zeroPoints.count) zero points for axis \(scaleAxis) of "
                    + "\(extents)")
        }
        guard !isVariable else {
            throw DeeperError(.unsupported, "\(name.quotedForMessage) keeps its value from one run to the next")
        }
    }

    var isConstant: Bool { !bytes.isEmpty }

    /// - Throws: `unsupported` for a type that deeper lacks.
    func elementType() throws -> ElementType {
        switch type {
        case 0: .float32
        case 1: .float16
        case 2: .int32
        case 3: .uint8
        case 4: .int64
        case 6: .bool
        case 7: .int16
        case 9: .int8
        case 10: .float64
        case 12: .uint64
        case 15: .uint32
        case 16: .uint16
        case 18: .bfloat16
        default:
            throw DeeperError(
                .unsupported, "the type of \(name.quotedForMessage), \(TFLiteTensor.typeNames[type] ?? "\(type)")")
        }
    }

    static let complex64 = 8
    private static let typeNames = [
        5: "string", 8: "complex64", 11: "complex128", 13: "resource", 14: "variant", 17: "int4", 19: "int2",
        20: "uint4",
    ]
}

/// An operator of the graph.
struct TFLiteOperation {
    /// The operator's name in the schema; that of the file for a custom operator, after "custom ".
    let name: String
    /// The tensors that it reads; nil for one that is left out.
    let inputs: [Int?]
    let outputs: [Int]
    let options: FlatbufferTable?
    private let index: Int
    private let firstOutput: String

    init(_ table: FlatbufferTable, _ index: Int, _ codes: [String], _ tensors: [TFLiteTensor]) throws {
        let code = try table.unsigned(0)
        guard code < codes.count else {
            throw DeeperError(.invalidModel, "the operator is of kind \(code) of \(codes.count)")
        }
        name = codes[code]
        let (inputs, outputs) = (try table.ints(1), try table.ints(2))
        let ports = 0..<tensors.count
        if let bad = (inputs.filter { $0 != -1 } + outputs).first(where: { !ports.contains($0) }) {
            throw DeeperError(.invalidModel, "the operator uses tensor \(bad) of \(tensors.count)")
        }
        self.inputs = inputs.map { $0 == -1 ? nil : $0 }
        self.outputs = outputs
        options = try table.table(4)
        self.index = index
        firstOutput = outputs.first.map { tensors[$0].name } ?? ""
    }

    var label: String { "operator \(index) (\(name)) \(firstOutput.quotedForMessage)" }

    /// The name of an operator code. Codes above 126 are in a field of their own.
    static func name(of table: FlatbufferTable) throws -> String {
        let code = max(try table.int(3), try table.byte(0))
        guard TFLiteOperators.names.indices.contains(code) else { return "number \(code)" }
        return code == 32 ? "custom " + (try table.text(1)) : TFLiteOperators.names[code]
    }
}
