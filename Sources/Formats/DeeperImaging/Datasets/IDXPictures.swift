import DeeperTensors

/// Grey pictures and labels in IDX files, the format of MNIST and Fashion-MNIST; each file is plain or packed with
/// gzip.
///
/// Pictures come out with red, green and blue equal. Source: http://yann.lecun.com/exdb/mnist/, "File formats".
public struct IDXPictures: LabelledPictures {
    private let pictures: IDXFile
    private let labels: IDXFile
    /// One more than the largest label.
    public let classCount: Int

    /// Reads an `idx3-ubyte` file of pictures and an `idx1-ubyte` file of labels.
    ///
    /// - Throws: `fileNotFound`; `invalidModel` if a file is damaged, of another type or rank, or the numbers of
    ///   pictures and labels differ; `limitExceeded` if a file, packed or unpacked, has more than `maxFileBytes`.
    public init(pictures picturePath: String, labels labelPath: String, maxFileBytes: Int = 256 << 20) throws {
        pictures = try IDXFile(contentsOf: picturePath, rank: 3, maxFileBytes: maxFileBytes)
        labels = try IDXFile(contentsOf: labelPath, rank: 1, maxFileBytes: maxFileBytes)
        guard pictures.dimensions[0] == labels.dimensions[0] else {
            throw DeeperError(
                .invalidModel,
                "\(picturePath) has \(pictures.dimensions[0]) pictures, "
                    + "\(labelPath) has \(labels.dimensions[0]) labels")
        }
        guard pictures.dimensions.allSatisfy({ $0 >= 1 }) else {
            throw DeeperError(.invalidModel, "\(picturePath) has no pixels, its dimensions are \(pictures.dimensions)")
        }
        classCount = 1 + Int(labels.content.max() ?? 0)
    }

    public var count: Int { pictures.dimensions[0] }

    public var classNames: [String]? { nil }

    public func picture(at index: Int) throws -> (picture: Picture, label: Int) {
        precondition((0..<count).contains(index))
        let (height, width) = (pictures.dimensions[1], pictures.dimensions[2])
        let greys = pictures.content[index * height * width..<(index + 1) * height * width]
        var samples: [UInt8] = []
        samples.reserveCapacity(3 * greys.count)
        for grey in greys { samples.append(contentsOf: repeatElement(grey, count: 3)) }
        return (Picture(checkedWidth: width, height: height, pixels: samples), Int(labels.content[index]))
    }
}
