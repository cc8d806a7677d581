public import DeeperTensors

/// Reads and writes files with one array in NumPy's `.npy` format.
public enum NPYFile {
    /// The first bytes of every file.
    static let magic: [UInt8] = [0x93] + "NUMPY".utf8

    /// Reads the array in the file at `path`.
    ///
    /// Versions 1.0, 2.0 and 3.0 of the format are read, written by Python 3 or Python 2, with the types `<f2 <f4 <f8
    /// |i1 <i2 <i4 <i8 |u1 <u2 <u4 <u8 |b1` and their big-endian forms. Column-major ("Fortran order") arrays are
    /// converted to row-major ones of the same shape. In a `|b1` array every byte except for 0 is true.
    ///
    /// - Throws: `fileNotFound` if the file cannot be opened; `invalidModel` if it is malformed or does not have
    ///   exactly the bytes that its shape needs; `unsupported` for other versions and element types; `limitExceeded`
    ///   for a header above 64 KiB, for more than 64 axes, or if the system refuses the memory.
    public static func read(path: String) throws -> Tensor {
        try locating(path) {
            let file = try MappedFile(path: path)
            let headerRange = try headerRange(of: file)
            let header = try NPYHeader(text: file.bytes(in: headerRange))
            let shape = try Shape(validating: header.dimensions)
            let byteCount = shape.elementCount * header.elementType.byteCount
            guard file.byteCount - headerRange.upperBound == byteCount else {
                throw DeeperError(
                    .invalidModel,
                    "shape \(shape) of \(header.elementType) needs \(byteCount) bytes, "
                        + "the file has \(file.byteCount - headerRange.upperBound)")
            }
            return try file.withUnsafeBytes(in: headerRange.upperBound..<file.byteCount) { source in
                try tensor(header, shape: shape, from: source)
            }
        }
    }

    /// Writes `tensor` to `path` as version 1.0, row-major, with the same bytes that NumPy writes.
    ///
    /// The file is written atomically: to a temporary file in the same folder, which is then renamed and replaces an
    /// existing file or symbolic link.
    ///
    /// - Throws: `fileNotFound` if the directory cannot be written to; `limitExceeded` if the system refuses the bytes,
    ///   for example on a full disk, or for more than 64 axes.
    public static func write(_ tensor: Tensor, to path: String) throws {
        try locating(path) {
            let header = try NPYHeader.bytes(of: tensor)
            try AtomicFile.write(to: path) { file in
                try header.withUnsafeBytes { try file.append($0) }
                try tensor.withUnsafeBytes { try file.append($0) }
            }
        }
    }

    /// The position of the dictionary, after checks of what comes before it.
    private static func headerRange(of file: MappedFile) throws -> Range<Int> {
        let prefix = file.bytes(in: 0..<min(12, file.byteCount))
        guard prefix.starts(with: magic), prefix.count >= 10 else {
            throw DeeperError(.invalidModel, "the file does not start as a .npy file")
        }
        let version = (prefix[6], prefix[7])
        let lengthByteCount: Int
        switch version {
        case (1, 0): lengthByteCount = 2
        case (2, 0), (3, 0): lengthByteCount = 4
        default: throw DeeperError(.unsupported, ".npy version \(version.0).\(version.1), supported are 1.0, 2.0, 3.0")
        }
        let start = 8 + lengthByteCount
        let length = prefix[8..<min(start, prefix.count)].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard start <= file.byteCount, length <= file.byteCount - start else {
            throw DeeperError(.invalidModel, "the header should have \(length) bytes, the file ends before")
        }
        guard length <= NPYHeader.maximumByteCount else {
            throw DeeperError(
                .limitExceeded, "the header has \(length) bytes, at most \(NPYHeader.maximumByteCount) are read")
        }
        return start..<start + length
    }

    private static func tensor(
        _ header: NPYHeader, shape: Shape, from source: UnsafeRawBufferPointer
    ) throws -> Tensor {
        try Tensor(header.elementType, shape: shape) { target in
            if header.isColumnMajor, !shape.isEmpty, shape.rank > 0 {
                copyElements(
                    of: source, to: target, extents: shape.dimensions,
                    strides: Array(Shape(shape.dimensions.reversed()).rowMajorStrides.reversed()),
                    size: header.elementType.byteCount)
            } else {
                target.copyMemory(from: source)
            }
            if header.isBigEndian {
                switch header.elementType.byteCount {
                case 2: swapBytes(target, as: UInt16.self)
                case 4: swapBytes(target, as: UInt32.self)
                default: swapBytes(target, as: UInt64.self)
                }
            }
            if header.elementType == .bool {
                for index in target.indices where target[index] != 0 { target[index] = 1 }
            }
        }
    }

    private static func swapBytes<Bits: FixedWidthInteger & BitwiseCopyable>(
        _ target: UnsafeMutableRawBufferPointer, as: Bits.Type
    ) {
        let elements = target.bindMemory(to: Bits.self)
        for index in elements.indices { elements[index] = elements[index].byteSwapped }
    }
}
