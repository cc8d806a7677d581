internal import DeeperGraphs
public import DeeperImaging
internal import DeeperTensors
internal import Glibc

extension Engine {
    /// The probabilities of all classes, averaged over crops of a picture. Use it where accuracy matters more than time,
    /// or to evaluate a network as its paper did; the averages of several engines are an ensemble.
    ///
    /// The crops are run in batches, without blocking the caller's thread. If the network does not end in a softmax, the
    /// softmax of its scores is averaged. ``Prediction/top(_:of:labels:)`` gives the best classes.
    ///
    /// - Parameters:
    ///   - picture: a decoded picture.
    ///   - crops: the parts of the picture to classify.
    ///   - preprocessing: how a crop becomes the network's input. If nil, the model's own is used.
    ///   - deadline: the time after which the answer is no longer needed.
    /// - Returns: one number for each class, by the position in the network's output.
    /// - Throws: as ``classify(_:preprocessing:labels:top:deadline:)``; `invalidInput` if the preprocessing has
    ///   no crop, or for ``CropSet/googLeNet`` no square one. ``CropSet/single`` needs none.
    public func probabilities(
        of picture: Picture, crops: CropSet, preprocessing: Preprocessing? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> [Float] {
        try await queued(deadline) { stop in try self.probabilities(of: picture, crops, preprocessing, stop: stop) }
    }

    /// The same on the calling thread and the engine's workers.
    @available(*, noasync, message: "use `try await probabilities(of:crops:)`")
    public func probabilitiesBlocking(
        of picture: Picture, crops: CropSet, preprocessing: Preprocessing? = nil
    ) throws -> [Float] {
        try probabilities(of: picture, crops, preprocessing) {}
    }

    /// Crops in a run. More are no faster and take more memory.
    private static let cropsAtOnce = 16

    private func probabilities(
        of picture: Picture, _ crops: CropSet, _ preprocessing: Preprocessing?, stop: () throws -> Void
    ) throws -> [Float] {
        let preprocessing = try preprocessing ?? model.knownPreprocessing()
        try stop()
        let parts = try preprocessing.crops(of: picture, crops)
        let limit = model.fixedBatch ?? Engine.cropsAtOnce
        var batch = PictureBatch(preprocessing: preprocessing.afterCropping)
        var sums: [Double] = []
        for first in stride(from: 0, to: parts.count, by: limit) {
            for part in parts[first..<min(first + limit, parts.count)] { try batch.append(part) }
            let (name, rows) = try scores(of: batch, labels: model.labels, stop: stop)
            for row in rows {
                let row = model.probabilities(of: row, from: name)
                sums = sums.isEmpty ? row : zip(sums, row).map(+)
            }
            batch.removeAll()
        }
        return sums.map { Float($0 / Double(parts.count)) }
    }
}

extension Model {
    /// The scores of one picture as probabilities: as they are if the network ends in a softmax, otherwise their softmax.
    ///
    /// - Parameter output: the name of the output that has the scores.
    package func probabilities(of scores: some Collection<Float>, from output: String) -> [Double] {
        guard !graph.endsInSoftmax(output), !areProbabilities(scores) else { return scores.map(Double.init) }
        let largest = Double(scores.max() ?? 0)
        let powers = scores.map { exp(Double($0) - largest) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}

/// A softmax that is written out by other operators is known by its values.
private func areProbabilities(_ scores: some Collection<Float>) -> Bool {
    scores.count > 1 && scores.allSatisfy { 0...1 ~= $0 } && abs(scores.reduce(0) { $0 + Double($1) } - 1) < 1e-3
}

extension Graph {
    /// Whether an output is the result of a softmax, apart from operators that only change its shape or type.
    func endsInSoftmax(_ output: String) -> Bool {
        let transparent = [
            "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Dropout", "Clip", "Cast",
            "DequantizeLinear", "QuantizeLinear",
        ]
        let producers = producers()
        var value = outputs.first { name(of: $0) == output }
        while let current = value, let index = producers[current.index] {
            if ["Softmax", "QLinearSoftmax"].contains(nodes[index].operatorName) { return true }
            guard transparent.contains(nodes[index].operatorName) else { return false }
            value = nodes[index].inputs.first ?? nil
        }
        return false
    }
}
