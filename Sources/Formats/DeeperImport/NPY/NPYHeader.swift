import DeeperTensors

/// The header of a `.npy` file: a Python dictionary with the keys `descr`, `fortran_order` and `shape`.
struct NPYHeader: Equatable {
    /// The longest dictionary that is read, in bytes. The dictionaries of the supported types are far shorter.
    static let maximumByteCount = 1 << 16
    /// The largest number of axes that a NumPy array can have.
    static let maximumRank = 64

    let elementType: ElementType
    /// Whether an element's most significant byte comes first.
    var isBigEndian = false
    /// Whether the first axis is the contiguous one.
    let isColumnMajor: Bool
    let dimensions: [Int]

    /// The names of the element types in files that NumPy writes on a little-endian machine. `>` instead of `<` means
    /// big-endian, `=` is read as `<`.
    static let descriptors: KeyValuePairs<String, ElementType> = [
        "<f4": .float32, "<f8": .float64, "<f2": .float16, "<i4": .int32, "<i8": .int64, "|i1": .int8, "|u1": .uint8,
        "<i2": .int16, "<u2": .uint16, "<u4": .uint32, "<u8": .uint64, "|b1": .bool,
    ]
}

// MARK: Reading

extension NPYHeader {
    /// Reads the dictionary `text`.
    ///
    /// - Throws: `invalidModel` if it is not a dictionary of exactly the three keys, `unsupported` for another element
    ///   type, `limitExceeded` for more than 64 axes.
    init(text: [UInt8]) throws {
        var scanner = PythonScanner(bytes: text)
        var elementType: (type: ElementType, isBigEndian: Bool)?
        var isColumnMajor: Bool?
        var dimensions: [Int]?

        try scanner.expect("{")
        while !scanner.skip("}") {
            let key = try scanner.string()
            try scanner.expect(":")
            switch key {
            case "descr" where elementType == nil: elementType = try NPYHeader.elementType(&scanner)
            case "fortran_order" where isColumnMajor == nil: isColumnMajor = try scanner.bool()
            case "shape" where dimensions == nil: dimensions = try scanner.integers(atMost: NPYHeader.maximumRank)
            default: throw DeeperError(.invalidModel, "unexpected or repeated key \(key.quotedForMessage)")
            }
            guard scanner.skip(",") else {
                try scanner.expect("}")
                break
            }
        }
        try scanner.end()

        guard let elementType else { throw DeeperError(.invalidModel, "the header has no descr") }
        guard let isColumnMajor else { throw DeeperError(.invalidModel, "the header has no fortran_order") }
        guard let dimensions else { throw DeeperError(.invalidModel, "the header has no shape") }
        self.init(
            elementType: elementType.type, isBigEndian: elementType.isBigEndian, isColumnMajor: isColumnMajor,
            dimensions: dimensions)
    }

    private static func elementType(
        _ scanner: inout PythonScanner
    ) throws -> (type: ElementType, isBigEndian: Bool) {
        let known = descriptors.map(\.key).joined(separator: " ") + ", and > for <"
        guard !scanner.skip("[") else {
            throw DeeperError(.unsupported, "the array has a structured type, supported are \(known)")
        }
        let name = try scanner.string()
        // Single bytes have no byte order, so any sign is allowed.
        let found = descriptors.first { key, type in
            key.dropFirst() == name.dropFirst()
                && (type.byteCount == 1 ? "<>=|" : "<>=").contains(name.prefix(1))
        }
        guard let type = found?.value, name.count == 3 else {
            throw DeeperError(.unsupported, "element type \(name.quotedForMessage), supported are \(known)")
        }
        return (type, type.byteCount > 1 && name.hasPrefix(">"))
    }
}

// MARK: Writing

extension NPYHeader {
    /// The bytes before the elements of a row-major file of version 1.0, the same as NumPy writes; their number is a
    /// multiple of 64.
    ///
    /// - Throws: `limitExceeded` for more than 64 axes.
    static func bytes(of tensor: Tensor) throws -> [UInt8] {
        let dimensions = tensor.shape.dimensions
        guard dimensions.count <= maximumRank else {
            throw DeeperError(.limitExceeded, "\(dimensions.count) axes, NumPy allows \(maximumRank)")
        }
        guard let descriptor = descriptors.first(where: { $0.value == tensor.elementType })?.key else {
            throw DeeperError(.unsupported, "NumPy has no \(tensor.elementType), so a .npy file cannot hold it")
        }
        let extents = dimensions.map(String.init).joined(separator: ", ") + (dimensions.count == 1 ? "," : "")
        var text = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(extents)), }"
        // NumPy leaves space so that the first extent can grow to 21 digits in place.
        if let first = dimensions.first { text += String(repeating: " ", count: 21 - String(first).utf8.count) }

        let prefixByteCount = NPYFile.magic.count + 4
        let unpaddedByteCount = prefixByteCount + text.utf8.count + 1
        text += String(repeating: " ", count: 64 - unpaddedByteCount % 64) + "\n"
        let length = UInt16(text.utf8.count)
        return NPYFile.magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + text.utf8
    }
}
