import DeeperTensors

/// CIFAR-10 in its binary form: records of 3073 bytes, one byte for the label and then 32x32 bytes each of red, green
/// and blue.
///
/// Source: https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
public struct CIFAR10Binary: LabelledPictures {
    private static let side = 32
    private static let planeBytes = side * side
    private static let recordBytes = 1 + 3 * planeBytes

    private var records: [UInt8] = []

    /// Reads one or more batch files, in the order given.
    ///
    /// - Throws: `fileNotFound`; `invalidModel` if a file is empty, its length is not a multiple of 3073 bytes or a
    ///   label is above 9; `limitExceeded` for a file of more than `maxFileBytes`.
    public init(contentsOf paths: [String], maxFileBytes: Int = 256 << 20) throws {
        for path in paths {
            records += try locating(path) {
                let bytes = try FileAccess.read(path, maxByteCount: maxFileBytes)
                try CIFAR10Binary.check(bytes)
                return bytes
            }
        }
    }

    private static func check(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty, bytes.count.isMultiple(of: recordBytes) else {
            throw DeeperError(
                .invalidModel, "\(bytes.count) bytes are not a positive number of records of \(recordBytes) bytes")
        }
        for start in stride(from: 0, to: bytes.count, by: recordBytes) where bytes[start] > 9 {
            throw DeeperError(.invalidModel, "record \(start / recordBytes) has label \(bytes[start]), expected 0...9")
        }
    }

    public var count: Int { records.count / CIFAR10Binary.recordBytes }

    /// The names of the ten classes by label.
    public static let classNames = [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ]

    public var classCount: Int { CIFAR10Binary.classNames.count }

    public var classNames: [String]? { CIFAR10Binary.classNames }

    public func picture(at index: Int) throws -> (picture: Picture, label: Int) {
        precondition((0..<count).contains(index))
        let (side, planeBytes) = (CIFAR10Binary.side, CIFAR10Binary.planeBytes)
        let start = index * CIFAR10Binary.recordBytes
        var samples: [UInt8] = []
        samples.reserveCapacity(3 * planeBytes)
        for pixel in start + 1...start + planeBytes {
            samples.append(records[pixel])
            samples.append(records[pixel + planeBytes])
            samples.append(records[pixel + 2 * planeBytes])
        }
        return (Picture(checkedWidth: side, height: side, pixels: samples), Int(records[start]))
    }
}
