import DeeperTensors

/// The bytes of a flatbuffer, valid while the closure that gives them runs. Every read is checked.
final class Flatbuffer {
    let bytes: UnsafeRawBufferPointer
    /// How many more entries of vectors may be read. A file names each vector about once; one whose tables share large
    /// vectors would take far more memory than its own size.
    private var remainingEntries: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        remainingEntries = 4 * bytes.count + 1024
    }

    /// - Throws: `invalidModel` if the number is not within the file.
    func number<Number: FixedWidthInteger>(at place: Int, as type: Number.Type = Number.self) throws -> Number {
        guard place >= 0, place <= bytes.count - MemoryLayout<Number>.size else { throw damage(at: place) }
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Number.self))
    }

    /// The place that the offset at a place leads to.
    func target(of place: Int) throws -> Int { place + Int(try number(at: place, as: UInt32.self)) }

    /// The bytes of the entries of a vector.
    ///
    /// - Parameter cost: what holding an entry counts for; 0 if the entries are not read.
    func entries(ofVectorAt place: Int, size: Int, cost: Int = 1) throws -> Range<Int> {
        let count = Int(try number(at: place, as: UInt32.self))
        let start = place + 4
        guard count <= (bytes.count - start) / size else { throw damage(at: place) }
        guard count * cost <= remainingEntries else {
            throw DeeperError(.invalidModel, "the file is damaged: its tables share vectors of many entries")
        }
        remainingEntries -= count * cost
        return start..<start + count * size
    }

    func damage(at place: Int) -> DeeperError {
        DeeperError(.invalidModel, "the file is damaged: what byte \(place) holds reaches beyond its end")
    }
}

/// A table of a flatbuffer: numbers, vectors and other tables, each at the position of its field in the schema.
struct FlatbufferTable {
    private let file: Flatbuffer
    private let start: Int
    private let fields: Range<Int>

    /// The root of a file.
    ///
    /// - Throws: `invalidModel` if the table is not within the file.
    init(rootOf file: Flatbuffer) throws { try self.init(file, at: file.target(of: 0)) }

    private init(_ file: Flatbuffer, at start: Int) throws {
        self.file = file
        self.start = start
        let places = start - Int(try file.number(at: start, as: Int32.self))
        let size = Int(try file.number(at: places, as: UInt16.self))
        guard size >= 4, size <= file.bytes.count - places else { throw file.damage(at: places) }
        fields = places + 4..<places + size
    }

    /// Where a field is; nil if it has its default value.
    private func place(_ field: Int) throws -> Int? {
        let entry = fields.lowerBound + 2 * field
        guard entry + 2 <= fields.upperBound else { return nil }
        let offset = Int(try file.number(at: entry, as: UInt16.self))
        return offset == 0 ? nil : start + offset
    }

    func int(_ field: Int, default value: Int = 0) throws -> Int {
        try place(field).map { Int(try file.number(at: $0, as: Int32.self)) } ?? value
    }

    func byte(_ field: Int) throws -> Int { try place(field).map { Int(try file.number(at: $0, as: Int8.self)) } ?? 0 }

    func flag(_ field: Int) throws -> Bool { try byte(field) != 0 }

    func unsigned(_ field: Int) throws -> Int {
        try place(field).map { Int(try file.number(at: $0, as: UInt32.self)) } ?? 0
    }

    func long(_ field: Int) throws -> UInt64 { try place(field).map { try file.number(at: $0) } ?? 0 }

    func float(_ field: Int) throws -> Float {
        try place(field).map { Float(bitPattern: try file.number(at: $0)) } ?? 0
    }

    func table(_ field: Int) throws -> FlatbufferTable? {
        try place(field).map { try FlatbufferTable(file, at: file.target(of: $0)) }
    }

    /// What a table takes in memory, in numbers. In a file it takes more than a quarter of that.
    private static let tableCost = 64

    /// The tables of a vector.
    func tables(_ field: Int) throws -> [FlatbufferTable] {
        try entries(field, size: 4, cost: FlatbufferTable.tableCost).map {
            try FlatbufferTable(file, at: file.target(of: $0))
        }
    }

    /// Where the entries of a vector are.
    private func entries(_ field: Int, size: Int, cost: Int = 1) throws -> StrideTo<Int> {
        guard let place = try place(field) else { return stride(from: 0, to: 0, by: size) }
        let range = try file.entries(ofVectorAt: file.target(of: place), size: size, cost: cost)
        return stride(from: range.lowerBound, to: range.upperBound, by: size)
    }

    private func numbers<Number: FixedWidthInteger>(_ field: Int, as type: Number.Type) throws -> [Number] {
        try entries(field, size: MemoryLayout<Number>.size).map { try file.number(at: $0) }
    }

    func ints(_ field: Int) throws -> [Int] { try numbers(field, as: Int32.self).map(Int.init) }

    func shorts(_ field: Int) throws -> [Int] { try numbers(field, as: UInt16.self).map(Int.init) }

    func bytes(_ field: Int) throws -> [Int] { try numbers(field, as: UInt8.self).map(Int.init) }

    func longs(_ field: Int) throws -> [Int] { try numbers(field, as: Int64.self).map(Int.init) }

    func floats(_ field: Int) throws -> [Float] { try numbers(field, as: UInt32.self).map(Float.init(bitPattern:)) }

    /// A text; empty if there is none.
    func text(_ field: Int) throws -> String {
        guard let place = try place(field) else { return "" }
        let range = try file.entries(ofVectorAt: file.target(of: place), size: 1)
        return String(decoding: file.bytes[range], as: UTF8.self)
    }

    /// Where the bytes of a vector are, which are not read; nil if there is no vector.
    func byteRange(_ field: Int) throws -> Range<Int>? {
        guard let place = try place(field) else { return nil }
        return try file.entries(ofVectorAt: file.target(of: place), size: 1, cost: 0)
    }

    /// The map in a vector of bytes; nil if there is no vector.
    func flexbuffer(_ field: Int) throws -> FlexbufferMap? {
        try byteRange(field).map { try FlexbufferMap(UnsafeRawBufferPointer(rebasing: file.bytes[$0])) }
    }
}
