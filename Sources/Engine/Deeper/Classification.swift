internal import DeeperGraphs
public import DeeperImaging
public import DeeperTensors

/// A class that a network predicts for a picture, with its score.
public struct Prediction: Sendable, Hashable {
    /// The position in the network's output of scores.
    public let index: Int
    /// The class's name, if labels were given or the model has labels.
    public let label: String?
    /// The output's value at this position: a probability if the network ends in a softmax.
    public let score: Float

    /// The classes with the largest scores, best first.
    ///
    /// - Parameters:
    ///   - count: the number of classes to return, at most all.
    ///   - scores: a network's output for one picture.
    ///   - labels: names by position.
    /// - Returns: equal scores in order of position, NaN after all numbers.
    /// - Throws: `invalidInput` if labels are given, but not one for each score.
    public static func top(_ count: Int, of scores: [Float], labels: [String]?) throws -> [Prediction] {
        guard labels == nil || labels?.count == scores.count else {
            throw DeeperError(.invalidInput, "\(labels?.count ?? 0) labels for \(scores.count) classes")
        }
        let best = scores.withUnsafeBufferPointer { topPositions($0, count) }
        return best.map { Prediction(index: $0, label: labels?[$0], score: scores[$0]) }
    }
}

extension Engine {
    /// Classifies a picture. Preprocessing and the network run on the engine's threads; the caller is suspended.
    ///
    /// - Parameters:
    ///   - picture: a decoded picture of any size.
    ///   - preprocessing: how the picture becomes the network's input, as the network's authors defined it. If nil, the
    ///     model's own, ``Model/preprocessing``, is used.
    ///   - labels: names by output position. If nil, the model's own, ``Model/labels``, are used, if there are any.
    ///   - top: the number of classes to return, best first.
    ///   - deadline: the time after which the answer is no longer needed.
    /// - Throws: as ``run(_:deadline:)``; `invalidInput` if the model does not take one picture input, if it is not a
    ///   classifier (no output is a row of scores for each picture), if neither the call nor the model has a
    ///   preprocessing, or if there is not one label for each class.
    public func classify(
        _ picture: Picture, preprocessing: Preprocessing? = nil, labels: [String]? = nil, top: Int = 5,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> [Prediction] {
        try await classify(
            batch: [picture], preprocessing: preprocessing, labels: labels, top: top, deadline: deadline)[0]
    }

    /// Classifies a picture file, given its bytes. Decoding happens on the engine's threads too.
    ///
    /// - Parameters:
    ///   - bytes: the file's contents.
    ///   - limits: how large a picture may be.
    ///   - orientation: whether the picture is turned upright, as its EXIF block or similar metadata says, or read as
    ///     stored.
    ///   - preprocessing: how the picture becomes the network's input. If nil, the model's own is used.
    ///   - labels: names by output position. If nil, the model's own are used, if there are any.
    ///   - top: the number of classes to return, best first.
    ///   - deadline: the time after which the answer is no longer needed.
    /// - Throws: as ``classify(_:preprocessing:labels:top:deadline:)``; `invalidInput` if the bytes are not a picture,
    ///   `limitExceeded` if the picture exceeds the limits.
    public func classify(
        encoded bytes: [UInt8], limits: DecodingLimits = DecodingLimits(),
        orientation: Picture.Orientation = .upright, preprocessing: Preprocessing? = nil, labels: [String]? = nil,
        top: Int = 5, deadline: ContinuousClock.Instant? = nil
    ) async throws -> [Prediction] {
        try await queued(deadline) { stop in
            try stop()
            let picture = try Picture(decoding: bytes, limits: limits, orientation: orientation)
            return try self.classify([picture], preprocessing, labels, top, stop: stop)[0]
        }
    }

    /// Classifies several pictures as one batch without blocking the caller's thread; otherwise the same as
    /// ``classify(_:preprocessing:labels:top:deadline:)``.
    public func classify(
        batch pictures: [Picture], preprocessing: Preprocessing? = nil, labels: [String]? = nil, top: Int = 5,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> [[Prediction]] {
        try await queued(deadline) { stop in
            try self.classify(pictures, preprocessing, labels, top, stop: stop)
        }
    }

    /// Classifies one picture on the calling thread and the engine's workers; otherwise the same as
    /// ``classify(_:preprocessing:labels:top:deadline:)``.
    @available(*, noasync, message: "use `try await classify(_:)`")
    public func classifyBlocking(
        _ picture: Picture, preprocessing: Preprocessing? = nil, labels: [String]? = nil, top: Int = 5
    ) throws -> [Prediction] {
        try classify([picture], preprocessing, labels, top) {}[0]
    }

    /// Classifies several pictures as one batch on the calling thread and the engine's workers; otherwise the same as
    /// ``classify(_:preprocessing:labels:top:deadline:)``.
    @available(*, noasync, message: "use `try await classify(batch:)`")
    public func classifyBlocking(
        batch pictures: [Picture], preprocessing: Preprocessing? = nil, labels: [String]? = nil, top: Int = 5
    ) throws -> [[Prediction]] {
        try classify(pictures, preprocessing, labels, top) {}
    }

    private func classify(
        _ pictures: [Picture], _ preprocessing: Preprocessing?, _ labels: [String]?, _ top: Int,
        stop: () throws -> Void
    ) throws -> [[Prediction]] {
        guard !pictures.isEmpty else { return [] }
        let preprocessing = try preprocessing ?? model.knownPreprocessing()
        try stop()
        return try classify(batch(of: pictures, preprocessing), labels: labels, top: top, stop: stop)
    }

    /// The model's one picture input, [N, C, H, W] or [N, H, W, C] as ``Model/pictureLayout`` says, filled with
    /// preprocessed pictures of one size.
    ///
    /// - Throws: `invalidInput` if the model does not take one picture input, or if sizes differ after preprocessing.
    public func input(of pictures: [Picture], preprocessing: Preprocessing) throws -> [String: Tensor] {
        try input(of: batch(of: pictures, preprocessing))
    }

    private func batch(of pictures: [Picture], _ preprocessing: Preprocessing) throws -> PictureBatch {
        var batch = PictureBatch(preprocessing: preprocessing)
        for picture in pictures { try batch.append(picture) }
        return batch
    }
}
