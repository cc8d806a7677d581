public import DeeperImaging
internal import DeeperTensors

/// Preprocessed pictures of one size, gathered for one run of a network.
///
/// A decoded photograph takes tens of megabytes, a network's input less than one. To classify many pictures, append
/// each one right after decoding it and keep no reference to it:
///
/// ```swift
/// var batch = try PictureBatch(for: engine.model)
/// for file in files { try batch.append(Picture(contentsOf: file)) }
/// let answers = try await engine.classify(batch)
/// ```
public struct PictureBatch: Sendable {
    /// How pictures become the network's input.
    public let preprocessing: Preprocessing
    /// The number of pictures.
    public private(set) var count = 0
    /// Width and height of all pictures after preprocessing; nil while there are none.
    public private(set) var extent: Extent?
    /// count x channels x height x width values.
    private var planes: [Float] = []

    /// Makes an empty batch.
    public init(preprocessing: Preprocessing) { self.preprocessing = preprocessing }

    /// Makes an empty batch that uses the model's own preprocessing.
    ///
    /// - Throws: `invalidInput` if the model has none.
    public init(for model: Model) throws { self.init(preprocessing: try model.knownPreprocessing()) }

    /// Whether there are no pictures.
    public var isEmpty: Bool { count == 0 }

    /// The memory that the preprocessed pictures take.
    public var byteCount: Int { planes.count * MemoryLayout<Float>.stride }

    /// Whether a picture of this extent comes out of preprocessing in the same size as the others, or is the first one.
    ///
    /// - Throws: `invalidInput` or `limitExceeded` if such a picture cannot be preprocessed.
    public func takes(_ picture: Extent) throws -> Bool {
        let own = try preprocessing.outputExtent(for: picture)
        return extent == nil || own == extent
    }

    /// Preprocesses a picture and adds the result. After an error the batch is unchanged.
    ///
    /// - Throws: `invalidInput` if the picture cannot be preprocessed or comes out in another size than the others;
    ///   `limitExceeded` if it would have more than 2^26 pixels after resizing.
    public mutating func append(_ picture: Picture) throws {
        let own = try preprocessing.outputExtent(for: picture.extent)
        guard extent == nil || own == extent else {
            throw DeeperError(.invalidInput, "pictures of one batch must have one size after preprocessing")
        }
        planes += try preprocessing.planes(of: picture)
        extent = own
        count += 1
    }

    /// Removes all pictures and keeps the memory for the next ones.
    public mutating func removeAll() {
        planes.removeAll(keepingCapacity: true)
        extent = nil
        count = 0
    }

    /// The pictures, then copies of the last one if `total` is larger than their count.
    ///
    /// - Returns: `total` x channels x height x width, or `total` x height x width x channels.
    /// - Throws: `invalidInput` if there are no pictures.
    func tensor(total: Int, _ layout: PictureLayout) throws -> Tensor {
        guard let extent else { throw DeeperError(.invalidInput, "no pictures") }
        let channels = preprocessing.channels.count
        let missing = max(0, total - count)
        let values = missing == 0 ? planes : planes + (0..<missing).flatMap { _ in planes.suffix(planes.count / count) }
        switch layout {
        case .nchw: return try Tensor(values, shape: [count + missing, channels, extent.height, extent.width])
        case .nhwc:
            return try Tensor(
                PictureBatch.interleaved(values, channels, pixelCount: extent.width * extent.height),
                shape: [count + missing, extent.height, extent.width, channels])
        }
    }

    /// Rearranges pictures from planes of one channel each to pixels with all channels together.
    private static func interleaved(_ planes: [Float], _ channels: Int, pixelCount: Int) -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(planes.count)
        for picture in stride(from: 0, to: planes.count, by: channels * pixelCount) {
            for pixel in picture..<picture + pixelCount {
                for channel in 0..<channels { result.append(planes[pixel + channel * pixelCount]) }
            }
        }
        return result
    }
}
