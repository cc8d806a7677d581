internal import Graphs
public import Imaging
public import Tensors

/// One of the classes that a network thinks likely.
public struct Prediction: Sendable, Hashable {
    /// The position in the network's output.
    public let index: Int
    /// The class's name, where labels were given.
    public let label: String?
    /// The output's value there: a probability if the network ends in a softmax.
    public let score: Float

    /// The classes with the largest scores, best first; equal scores in order of position.
    ///
    /// - Parameters:
    ///   - scores: a network's output for one picture.
    ///   - labels: names by position.
    /// - Throws: `invalidInput` if there are labels, but not one a score.
    public static func top(_ count: Int, of scores: [Float], labels: [String]?) throws -> [Prediction] {
        guard labels == nil || labels?.count == scores.count else {
            throw DeeperError(.invalidInput, "\(labels?.count ?? 0) labels for \(scores.count) classes")
        }
        return topIndices(scores, count).map { Prediction(index: $0, label: labels?[$0], score: scores[$0]) }
    }
}

extension Engine {
    /// Names the classes of a picture. Everything, the preprocessing included, happens on the engine's threads.
    ///
    /// - Parameters:
    ///   - picture: a decoded picture of any size.
    ///   - preprocessing: how the picture becomes the network's input; the network's makers decide that.
    ///   - labels: names by output position.
    ///   - top: how many classes, best first.
    ///   - deadline: when the answer is of no use any more.
    /// - Throws: as ``run(_:deadline:)``; `invalidInput` if the model does not take one picture input.
    public func classify(
        _ picture: Picture, preprocessing: Preprocessing = .caffe, labels: [String]? = nil, top: Int = 5,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> [Prediction] {
        try await classify(
            batch: [picture], preprocessing: preprocessing, labels: labels, top: top, deadline: deadline)[0]
    }

    /// Names the classes of a picture file's bytes. Decoding happens on the engine's threads too.
    ///
    /// - Parameters:
    ///   - bytes: the file's contents.
    ///   - limits: how large a picture may be.
    ///   - orientation: whether the picture is turned upright, as its EXIF block or the like says, or read as stored.
    ///   - preprocessing: how the picture becomes the network's input.
    ///   - labels: names by output position.
    ///   - top: how many classes, best first.
    ///   - deadline: when the answer is of no use any more.
    /// - Throws: as ``run(_:deadline:)``; `invalidInput` if the bytes are no picture, `limitExceeded` beyond the limits.
    public func classify(
        encoded bytes: [UInt8], limits: DecodingLimits = DecodingLimits(),
        orientation: Picture.Orientation = .upright, preprocessing: Preprocessing = .caffe, labels: [String]? = nil,
        top: Int = 5, deadline: ContinuousClock.Instant? = nil
    ) async throws -> [Prediction] {
        try await queued(deadline) { stop in
            try stop()
            let picture = try Picture(decoding: bytes, limits: limits, orientation: orientation)
            return try self.classify([picture], preprocessing, labels, top, stop: stop)[0]
        }
    }

    /// Names the classes of several pictures, run as one batch, without blocking the caller's thread.
    public func classify(
        batch pictures: [Picture], preprocessing: Preprocessing = .caffe, labels: [String]? = nil, top: Int = 5,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> [[Prediction]] {
        try await queued(deadline) { stop in
            try self.classify(pictures, preprocessing, labels, top, stop: stop)
        }
    }

    /// Names the classes of several pictures, run as one batch; blocks the calling thread.
    public func classify(
        batch pictures: [Picture], preprocessing: Preprocessing = .caffe, labels: [String]? = nil, top: Int = 5
    ) throws -> [[Prediction]] {
        try classify(pictures, preprocessing, labels, top) {}
    }

    private func classify(
        _ pictures: [Picture], _ preprocessing: Preprocessing, _ labels: [String]?, _ top: Int,
        stop: () throws -> Void
    ) throws -> [[Prediction]] {
        guard !pictures.isEmpty else { return [] }
        try stop()
        let input = try input(of: pictures, preprocessing: preprocessing)
        return try predictions(perform(input, stop: stop), count: pictures.count, labels: labels, top: top)
    }

    /// The model's one picture input [N, C, H, W] (or [N, C * H * W]) filled with preprocessed pictures of one size.
    ///
    /// - Throws: `invalidInput` if the model does not take one picture input, or if sizes differ after preprocessing.
    public func input(of pictures: [Picture], preprocessing: Preprocessing) throws -> [String: Tensor] {
        guard let picture = pictures.first else { throw DeeperError(.invalidInput, "no pictures") }
        let inputs = model.inputs.filter { $0.type.elementType == .float32 }
        guard inputs.count == 1, model.inputs.count == 1 else {
            let list = model.inputs.map(\.description).joined(separator: ", ")
            throw DeeperError(.invalidInput, "classification needs a model with one float32 input; inputs: \(list)")
        }
        let channels = preprocessing.channels.count
        let first = try preprocessing.outputExtent(for: picture.extent)
        var planes: [Float] = []
        planes.reserveCapacity(pictures.count * channels * first.width * first.height)
        for picture in pictures {
            guard try preprocessing.outputExtent(for: picture.extent) == first else {
                throw DeeperError(.invalidInput, "pictures of one batch must have one size after preprocessing")
            }
            planes += try preprocessing.planes(of: picture)
        }
        let tensor = try Tensor(planes, shape: [pictures.count, channels, first.height, first.width])
        return [inputs[0].name: tensor]
    }

    private func predictions(
        _ outputs: [String: Tensor], count: Int, labels: [String]?, top: Int
    ) throws -> [[Prediction]] {
        guard let name = model.outputNames.first, let scores = outputs[name], scores.elementType == .float32,
            scores.shape.rank > 0, count > 0, scores.shape.elementCount % count == 0
        else {
            throw DeeperError(.invalidInput, "the model's first output is not a row of float32 scores a picture")
        }
        let values = try scores.elements(as: Float.self)
        let classes = values.count / count
        return try (0..<count).map { image in
            try Prediction.top(top, of: Array(values[image * classes..<(image + 1) * classes]), labels: labels)
        }
    }
}

/// The positions of the largest scores, best first; equal scores in order of position.
func topIndices(_ scores: [Float], _ count: Int) -> [Int] {
    scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(max(0, count)).map { $0 }
}
