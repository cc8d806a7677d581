import DeeperTensors
internal import FoundationEssentials

/// The beginning of a compiled file: magic, the length of a JSON text and its checksum as little-endian UInt64, the
/// text, and zeros up to a 64-byte boundary. The sections follow; their offsets are relative to that boundary.
struct CompiledHeader: Codable {
    static let magic: [UInt8] = Array("DEEPERC1".utf8)
    static let alignment = 64
    private static let prefixBytes = 24
    /// The largest JSON text that is read, in bytes.
    private static let largestText = 16 << 20

    struct Section: Codable {
        var offset: Int
        var byteCount: Int
        var checksum: UInt64
    }

    struct TensorEntry: Codable {
        /// The tensor's number among the graph's initializers.
        var initializer: Int
        var byteCount: Int
        /// Nil if the file holds these weights only in packed form.
        var section: Section?
    }

    struct WeightEntry: Codable {
        var name: String
        var section: Section
    }

    var settings: CompiledModel.Settings
    /// The fingerprint of the graph that the weights were packed for.
    var fingerprint: UInt64
    var model: Section
    var tensors: [TensorEntry]
    var weights: [WeightEntry]
    /// Where the sections begin.
    private var start = 0

    private enum CodingKeys: String, CodingKey {
        case settings, fingerprint, model, tensors, weights
    }

    /// The number of zeros after `byteCount` bytes.
    static func padding(_ byteCount: Int) -> Int { (alignment - byteCount % alignment) % alignment }

    /// - Throws: `invalidModel` for a header that is damaged or truncated.
    init(of file: MappedFile) throws {
        guard file.byteCount >= CompiledHeader.prefixBytes else {
            throw DeeperError(.invalidModel, "the compiled file ends within its header")
        }
        func number(_ offset: Int) -> UInt64 {
            file.bytes(in: offset..<offset + 8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        let length = number(8)
        guard length <= CompiledHeader.largestText, Int(length) <= file.byteCount - CompiledHeader.prefixBytes else {
            throw DeeperError(.invalidModel, "the header is said to have \(length) bytes")
        }
        let range = CompiledHeader.prefixBytes..<CompiledHeader.prefixBytes + Int(length)
        guard file.checksum(in: range) == number(16) else {
            throw DeeperError(.invalidModel, "the compiled file's header is damaged")
        }
        do {
            self = try JSONDecoder().decode(CompiledHeader.self, from: Data(file.bytes(in: range)))
        } catch {
            throw DeeperError(.unsupported, "the compiled file was written by another version of deeper", cause: error)
        }
        start = range.upperBound + CompiledHeader.padding(range.upperBound)
    }

    /// The range of a section's bytes in the file.
    ///
    /// - Throws: `invalidModel` if it is outside the file.
    func range(of section: Section, in file: MappedFile) throws -> Range<Int> {
        guard section.offset >= 0, section.byteCount >= 0, section.offset % CompiledHeader.alignment == 0,
            start <= file.byteCount, section.byteCount <= file.byteCount - start,
            section.offset <= file.byteCount - start - section.byteCount
        else { throw DeeperError(.invalidModel, "a section is outside the compiled file, which may be truncated") }
        let first = start + section.offset
        return first..<first + section.byteCount
    }

    /// The range of a section's bytes in the file, after verifying its checksum.
    ///
    /// - Throws: `invalidModel` if it is outside the file or its checksum differs.
    func verify(_ section: Section, in file: MappedFile) throws -> Range<Int> {
        let range = try range(of: section, in: file)
        guard file.checksum(in: range) == section.checksum else {
            throw DeeperError(.invalidModel, "the compiled file is damaged: a checksum differs")
        }
        return range
    }

    private init(_ writer: Writer) {
        (settings, fingerprint, model) = (writer.settings, writer.fingerprint, writer.model)
        (tensors, weights) = (writer.tensors, writer.weights)
    }

    /// Assigns positions to sections and writes the header.
    struct Writer {
        let settings: CompiledModel.Settings
        let fingerprint: UInt64
        var model = Section(offset: 0, byteCount: 0, checksum: 0)
        var tensors: [TensorEntry] = []
        var weights: [WeightEntry] = []
        private var end = 0

        init(settings: CompiledModel.Settings, fingerprint: UInt64) {
            (self.settings, self.fingerprint) = (settings, fingerprint)
        }

        mutating func add(byteCount: Int, checksum: UInt64) -> Section {
            defer { end += byteCount + CompiledHeader.padding(byteCount) }
            return Section(offset: end, byteCount: byteCount, checksum: checksum)
        }

        func headerBytes() throws -> [UInt8] {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            let text = [UInt8](
                try encoder.encode(CompiledHeader(self)))
            let sum = checksum(of: text)
            return CompiledHeader.magic
                + [UInt64(text.count), sum].flatMap { number in
                    (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
                }
                + text
        }
    }
}
