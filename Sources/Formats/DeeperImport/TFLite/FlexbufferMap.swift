import DeeperTensors

/// A map of names to numbers in FlexBuffers' format, in which TFLite keeps the options of custom operators.
struct FlexbufferMap {
    private let bytes: UnsafeRawBufferPointer
    private var numbers: [String: Double] = [:]

    private static let mostEntries = 1024
    private static let mostNameBytes = 256

    private enum Kind: Int {
        case int = 1
        case unsigned = 2
        case float = 3
        case indirectInt = 6
        case indirectUnsigned = 7
        case indirectFloat = 8
        case map = 9
        case bool = 26
    }

    /// - Throws: `invalidModel` if the bytes are not a map, or refer to what is outside them. Values that are no numbers
    ///   are left out.
    init(_ bytes: UnsafeRawBufferPointer) throws {
        self.bytes = bytes
        // The root's value, its type and its width are at the end.
        let count = bytes.count
        guard count >= 3, case let width = Int(bytes[count - 1]), [1, 2, 4, 8].contains(width),
            Int(bytes[count - 2]) >> 2 == Kind.map.rawValue
        else { throw DeeperError(.invalidModel, "the options are not a map of FlexBuffers") }
        let place = try target(of: count - 2 - width, width)
        let entryWidth = 1 << (Int(bytes[count - 2]) & 3)
        let length = try length(ofVectorAt: place, entryWidth)
        let keys = try target(of: place - 3 * entryWidth, entryWidth)
        let keyWidth = try unsigned(at: place - 2 * entryWidth, entryWidth)
        guard [1, 2, 4, 8].contains(keyWidth), try self.length(ofVectorAt: keys, keyWidth) == length else {
            throw damaged
        }
        for index in 0..<length {
            let type = place + length * entryWidth + index
            guard bytes.indices.contains(type) else { throw damaged }
            let value = place + index * entryWidth
            guard let number = try number(at: value, entryWidth, type: Int(bytes[type])) else { continue }
            numbers[try name(at: target(of: keys + index * keyWidth, keyWidth))] = number
        }
    }

    subscript(name: String) -> Double? { numbers[name] }

    private var damaged: DeeperError { DeeperError(.invalidModel, "the options are damaged") }

    private func length(ofVectorAt place: Int, _ width: Int) throws -> Int {
        let length = try unsigned(at: place - width, width)
        guard length <= FlexbufferMap.mostEntries else {
            throw DeeperError(.limitExceeded, "more than \(FlexbufferMap.mostEntries) options")
        }
        return length
    }

    /// What an offset leads to, which is before it.
    private func target(of place: Int, _ width: Int) throws -> Int { place - (try unsigned(at: place, width)) }

    private func name(at place: Int) throws -> String {
        guard bytes.indices.contains(place),
            let end = bytes[place...].prefix(FlexbufferMap.mostNameBytes).firstIndex(of: 0)
        else { throw damaged }
        return String(decoding: bytes[place..<end], as: UTF8.self)
    }

    private func number(at place: Int, _ width: Int, type: Int) throws -> Double? {
        let (kind, ownWidth) = (Kind(rawValue: type >> 2), 1 << (type & 3))
        switch kind {
        case .int: return Double(try signed(at: place, width))
        case .unsigned, .bool: return Double(try unsigned(at: place, width))
        case .float: return try float(at: place, width)
        case .indirectInt: return Double(try signed(at: target(of: place, width), ownWidth))
        case .indirectUnsigned: return Double(try unsigned(at: target(of: place, width), ownWidth))
        case .indirectFloat: return try float(at: target(of: place, width), ownWidth)
        case .map, nil: return nil
        }
    }

    private func load<Number>(_ place: Int, as type: Number.Type) throws -> Number where Number: FixedWidthInteger {
        guard place >= 0, place <= bytes.count - MemoryLayout<Number>.size else { throw damaged }
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Number.self))
    }

    /// An unsigned integer; one that is larger than any file counts as the largest integer.
    private func unsigned(at place: Int, _ width: Int) throws -> Int {
        switch width {
        case 1: Int(try load(place, as: UInt8.self))
        case 2: Int(try load(place, as: UInt16.self))
        case 4: Int(try load(place, as: UInt32.self))
        default: Int(clamping: try load(place, as: UInt64.self))
        }
    }

    private func signed(at place: Int, _ width: Int) throws -> Int {
        switch width {
        case 1: Int(try load(place, as: Int8.self))
        case 2: Int(try load(place, as: Int16.self))
        case 4: Int(try load(place, as: Int32.self))
        default: Int(try load(place, as: Int64.self))
        }
    }

    private func float(at place: Int, _ width: Int) throws -> Double {
        switch width {
        case 4: Double(Float(bitPattern: try load(place, as: UInt32.self)))
        case 8: Double(bitPattern: try load(place, as: UInt64.self))
        default: throw DeeperError(.invalidModel, "an option is a number of \(width) bytes")
        }
    }
}
