public import DeeperTensors

/// A file of named tensors in the safetensors format: 8 bytes with the length of the header, the header in JSON, and
/// the elements of all tensors, little-endian and row-major, without gaps.
///
/// The file is mapped, not read: opening it takes only the time to read the header, and each ``tensor(named:)`` copies
/// one tensor. The file must not be shortened while it is open. Every rule of the format is checked when the file is
/// opened; the contents of the tensors are not.
public final class SafetensorsFile: Sendable {
    /// The number of bytes before the header, which hold its length.
    private static let prefixByteCount = 8

    /// The path that the file was opened with.
    public let path: String
    /// The tensors in the order of the header.
    public let entries: [SafetensorsEntry]
    /// The metadata texts of the file, such as `["format": "pt"]`.
    public let metadata: [String: String]

    private let contents: Contents
    private let dataStart: Int
    private let places: [ExactName: Int]

    /// Opens the file at `path` and checks its header.
    ///
    /// - Parameter isCopied: whether the file is copied into memory, so that later changes of the file have no effect.
    /// - Throws: `fileNotFound` if it cannot be opened; `invalidModel` if it is malformed; `limitExceeded` for a header
    ///   of more than 100 MB, more than 2^18 tensors or metadata entries, or a tensor of more than 64 axes.
    public convenience init(path: String, isCopied: Bool = false) throws {
        try self.init(path) { .mapped(try MappedFile(path: path, isCopied: isCopied)) }
    }

    /// Reads a file that is already in memory, and keeps a copy of it.
    ///
    /// - Parameter name: the name of the file in errors, in place of a path.
    /// - Throws: as ``init(path:)``.
    public convenience init(bytes: [UInt8], name: String) throws {
        try self.init(name) { .bytes(bytes) }
    }

    private init(_ path: String, _ open: () throws -> Contents) throws {
        (contents, dataStart, entries, metadata, places) = try locating(path) {
            let contents = try open()
            let headerRange = try SafetensorsFile.headerRange(of: contents)
            let header = try SafetensorsHeader(
                json: contents.withUnsafeBytes(in: headerRange) { [UInt8]($0) },
                dataByteCount: contents.byteCount - headerRange.upperBound)
            return (contents, headerRange.upperBound, header.entries, header.metadata, header.places)
        }
        self.path = path
    }

    /// The file's bytes.
    private enum Contents: Sendable {
        case mapped(MappedFile)
        case bytes([UInt8])

        var byteCount: Int {
            switch self {
            case .mapped(let file): file.byteCount
            case .bytes(let bytes): bytes.count
            }
        }

        func withUnsafeBytes<Result>(
            in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Result
        ) rethrows -> Result {
            switch self {
            case .mapped(let file): try file.withUnsafeBytes(in: range, body)
            case .bytes(let bytes):
                try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
            }
        }
    }

    /// The names of all tensors, in the order of the header.
    public var names: [String] { entries.map(\.name) }

    /// The header's entry for the tensor `name`, or nil if there is none.
    public func entry(named name: String) -> SafetensorsEntry? { places[ExactName(text: name)].map { entries[$0] } }

    /// A copy of the tensor `name`.
    ///
    /// `F16` and `BF16` are widened to float32, which is exact; in a `BOOL` tensor every byte except for 0 is true. The
    /// other types of ``DeeperTensors/ElementType`` keep their bits.
    ///
    /// - Throws: `invalidInput` if the file has no tensor of this name; `unsupported` for element types without a
    ///   counterpart; `limitExceeded` if the system refuses the memory.
    public func tensor(named name: String) throws -> Tensor {
        try locating(path) {
            guard let entry = entry(named: name) else {
                throw DeeperError(.invalidInput, "the file has no tensor \(name.quotedForMessage)")
            }
            return try locating("tensor \(name.quotedForMessage)") { try tensor(entry) }
        }
    }

    private func tensor(_ entry: SafetensorsEntry) throws -> Tensor {
        guard let elementType = entry.elementType.tensorElementType else {
            throw DeeperError(.unsupported, "dtype \(entry.elementType.rawValue) cannot be read")
        }
        let range = dataStart + entry.range.lowerBound..<dataStart + entry.range.upperBound
        return try contents.withUnsafeBytes(in: range) { source in
            try Tensor(elementType, shape: Shape(validating: entry.dimensions)) { target in
                switch entry.elementType {
                case .float16: widen(source, into: target) { Float16(bitPattern: $0).float }
                case .bfloat16: widen(source, into: target) { BFloat16(bitPattern: $0).float }
                case .bool: for index in source.indices { target[index] = source[index] == 0 ? 0 : 1 }
                default: target.copyMemory(from: source)
                }
            }
        }
    }

    private static func headerRange(of file: Contents) throws -> Range<Int> {
        guard file.byteCount >= prefixByteCount else {
            throw DeeperError(.invalidModel, "\(file.byteCount) bytes are too few for a safetensors file")
        }
        let length = file.withUnsafeBytes(in: 0..<prefixByteCount) {
            UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))
        }
        guard length <= UInt64(file.byteCount - prefixByteCount) else {
            throw DeeperError(
                .invalidModel,
                "the header should have \(length) bytes, the file has \(file.byteCount - prefixByteCount) for it")
        }
        guard length <= UInt64(SafetensorsHeader.maximumByteCount) else {
            throw DeeperError(
                .limitExceeded,
                "the header has \(length) bytes, at most \(SafetensorsHeader.maximumByteCount) are allowed")
        }
        return prefixByteCount..<prefixByteCount + Int(length)
    }
}

/// Converts elements of 16 bits, little-endian and at any alignment, to float32. Both buffers have the same number of
/// elements.
private func widen(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, _ convert: (UInt16) -> Float
) {
    let floats = target.bindMemory(to: Float.self)
    for index in floats.indices {
        floats[index] = convert(
            UInt16(littleEndian: source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)))
    }
}
