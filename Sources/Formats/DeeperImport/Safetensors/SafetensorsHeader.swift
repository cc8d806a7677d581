internal import DeeperJSON
import DeeperTensors

/// One tensor that a safetensors file lists.
public struct SafetensorsEntry: Sendable {
    /// The name, unique in the file.
    public let name: String
    /// How the elements are stored.
    public let elementType: SafetensorsElementType
    /// The extents, outermost axis first.
    public let dimensions: [Int]
    /// Where the elements are, in bytes from the end of the header.
    let range: Range<Int>

    /// The number of bytes that the elements take in the file.
    public var byteCount: Int { range.count }
}

/// The JSON part of a safetensors file, checked.
///
/// The rules are those of the reference library (the Rust crate `safetensors`, 0.8). Two forms that it accepts only as
/// a side effect of its JSON decoder are refused here: a tensor written as an array of its three fields, and an element
/// type written as an object. Also refused are a tensor that contradicts itself, even if a later one of the same name
/// replaces it, and extents of 2^63 and more in a tensor without elements.
struct SafetensorsHeader {
    /// The longest JSON part, in bytes.
    static let maximumByteCount = 100_000_000
    /// The largest number of tensors in one file, and of metadata entries; the format itself has no limit.
    static let maximumEntryCount = 1 << 18
    /// The largest number of axes of one tensor.
    static let maximumRank = 64

    /// The tensors in the order of the header.
    private(set) var entries: [SafetensorsEntry] = []
    /// The index of each name in `entries`.
    private(set) var places: [ExactName: Int] = [:]
    private(set) var metadata: [String: String] = [:]

    /// Reads the header `json` of a file in which `dataByteCount` bytes follow.
    ///
    /// - Throws: `invalidModel` if a rule is violated, `limitExceeded` if one of the limits above is exceeded.
    init(json: [UInt8], dataByteCount: Int) throws {
        var reader = try JSONReader(json)
        var memberCount = 0
        var hasMetadata = false
        try reader.object { name, reader in
            if name == "__metadata__" {
                guard !hasMetadata else { throw DeeperError(.invalidModel, "__metadata__ appears twice") }
                hasMetadata = true
                metadata = try SafetensorsHeader.metadata(&reader)
                return
            }
            memberCount += 1
            try SafetensorsHeader.checkCount(memberCount, of: "tensors")
            let entry = try locating("tensor \(name.quotedForMessage)") {
                try SafetensorsHeader.entry(named: name, &reader)
            }
            // Of two tensors with the same name the last counts, as in the reference library.
            if let previous = places.updateValue(entries.count, forKey: ExactName(text: name)) {
                places[ExactName(text: name)] = previous
                entries[previous] = entry
            } else {
                entries.append(entry)
            }
        }
        try reader.end()
        try checkCoverage(of: dataByteCount)
    }

    /// Checks that the tensors, in some order, cover the data from the first byte to the last without gaps and
    /// overlaps.
    private func checkCoverage(of dataByteCount: Int) throws {
        let ranges = entries.map(\.range)
        let order = ranges.indices.sorted {
            (ranges[$0].lowerBound, ranges[$0].upperBound) < (ranges[$1].lowerBound, ranges[$1].upperBound)
        }
        var end = 0
        for entry in order.lazy.map({ entries[$0] }) {
            guard entry.range.lowerBound == end else {
                throw DeeperError(
                    .invalidModel,
                    "tensor \(entry.name.quotedForMessage) starts at byte \(entry.range.lowerBound) of the data, "
                        + "expected \(end): there must be no hole and no overlap")
            }
            end = entry.range.upperBound
        }
        guard end == dataByteCount else {
            throw DeeperError(.invalidModel, "the tensors take \(end) bytes, the file has \(dataByteCount) for them")
        }
    }

    private static func checkCount(_ count: Int, of what: String) throws {
        guard count <= maximumEntryCount else {
            throw DeeperError(.limitExceeded, "the file lists more than \(maximumEntryCount) \(what)")
        }
    }

    private static func metadata(_ reader: inout JSONReader) throws -> [String: String] {
        var metadata: [String: String] = [:]
        if reader.skipNull() { return metadata }
        var memberCount = 0
        try locating("__metadata__") {
            try reader.object { key, reader in
                memberCount += 1
                try checkCount(memberCount, of: "metadata entries")
                metadata[key] = try reader.string()
            }
        }
        return metadata
    }

    private static func entry(named name: String, _ reader: inout JSONReader) throws -> SafetensorsEntry {
        var elementType: SafetensorsElementType?
        var dimensions: [UInt64]?
        var offsets: [UInt64]?
        try reader.object { key, reader in
            switch key {
            case "dtype": try setOnce(&elementType, key) { try self.elementType(&reader) }
            case "shape": try setOnce(&dimensions, key) { try integers(&reader, atMost: maximumRank) }
            case "data_offsets": try setOnce(&offsets, key) { try integers(&reader, atMost: 2) }
            default: try reader.skipValue()
            }
        }
        guard let elementType else { throw DeeperError(.invalidModel, "dtype is missing") }
        guard let dimensions else { throw DeeperError(.invalidModel, "shape is missing") }
        guard let offsets else { throw DeeperError(.invalidModel, "data_offsets is missing") }
        return SafetensorsEntry(
            name: name, elementType: elementType, dimensions: try dimensions.map(addressable),
            range: try range(offsets, holding: dimensions, elementType))
    }

    private static func setOnce<Value>(_ value: inout Value?, _ key: String, _ read: () throws -> Value) throws {
        guard value == nil else { throw DeeperError(.invalidModel, "\(key) appears twice") }
        value = try read()
    }

    private static func elementType(_ reader: inout JSONReader) throws -> SafetensorsElementType {
        let name = try reader.string()
        guard let type = SafetensorsElementType(rawValue: name) else {
            throw DeeperError(.invalidModel, "dtype \(name.quotedForMessage) is unknown")
        }
        return type
    }

    private static func integers(_ reader: inout JSONReader, atMost limit: Int) throws -> [UInt64] {
        var values: [UInt64] = []
        try reader.array { reader in
            guard values.count < limit else {
                throw DeeperError(.limitExceeded, "an array has more than \(limit) numbers")
            }
            values.append(try reader.unsignedInteger())
        }
        return values
    }

    private static func addressable(_ value: UInt64) throws -> Int {
        guard let value = Int(exactly: value) else {
            throw DeeperError(.limitExceeded, "\(value) is more than can be addressed")
        }
        return value
    }

    private static func range(
        _ offsets: [UInt64], holding dimensions: [UInt64], _ elementType: SafetensorsElementType
    ) throws -> Range<Int> {
        guard offsets.count == 2 else {
            throw DeeperError(.invalidModel, "data_offsets has \(offsets.count) numbers, expected 2")
        }
        let (begin, end) = (try addressable(offsets[0]), try addressable(offsets[1]))
        guard begin <= end else { throw DeeperError(.invalidModel, "data_offsets [\(begin), \(end)] run backwards") }

        var bitCount: UInt64 = 1
        for factor in dimensions + [UInt64(elementType.bitCount)] {
            let (product, overflow) = bitCount.multipliedReportingOverflow(by: factor)
            guard !overflow else {
                throw DeeperError(.invalidModel, "the size of shape \(dimensions) \(elementType.rawValue) overflows")
            }
            bitCount = product
        }
        guard bitCount % 8 == 0 else {
            throw DeeperError(
                .invalidModel, "shape \(dimensions) of \(elementType.rawValue) does not end on a byte boundary")
        }
        guard bitCount / 8 == UInt64(end - begin) else {
            throw DeeperError(
                .invalidModel,
                "data_offsets hold \(end - begin) bytes, "
                    + "shape \(dimensions) of \(elementType.rawValue) needs \(bitCount / 8)")
        }
        return begin..<end
    }
}

/// A name that equals another only if both have the same bytes. Swift strings are equal if they are canonically
/// equivalent.
struct ExactName: Hashable {
    let text: String

    static func == (left: ExactName, right: ExactName) -> Bool {
        left.text == right.text && left.text.utf8.elementsEqual(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
