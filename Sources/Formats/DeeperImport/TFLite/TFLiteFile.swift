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
    let metadata: TFLiteMetadata?

    /// The four bytes that mark a TFLite file, after the offset of its root.
    static let identifier = [UInt8]("TFL3".utf8)
    static let mostNameBytes = 4096

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
        metadata = try TFLiteMetadata(of: model, buffers, in: file)
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
