internal import DeeperImaging
public import DeeperTensors

extension Engine {
    /// Names the classes of several preprocessed pictures in one run; blocks the calling thread.
    ///
    /// If the model fixes its batch to more pictures, the last one is repeated to fill it.
    ///
    /// - Parameters:
    ///   - batch: the pictures; an empty batch gives no answers.
    ///   - labels: names by output position. If nil, the model's own are used, if there are any.
    ///   - top: how many classes, best first.
    /// - Returns: the classes of every picture, in the batch's order.
    /// - Throws: as ``run(_:)``; `invalidInput` if the model does not take one picture input.
    public func classify(_ batch: PictureBatch, labels: [String]? = nil, top: Int = 5) throws -> [[Prediction]] {
        try classify(batch, labels: labels, top: top) {}
    }

    /// Names the classes of several preprocessed pictures in one run, without blocking the caller's thread.
    ///
    /// - Parameter deadline: the time after which the answers are no longer needed.
    public func classify(
        _ batch: PictureBatch, labels: [String]? = nil, top: Int = 5, deadline: ContinuousClock.Instant? = nil
    ) async throws -> [[Prediction]] {
        try await queued(deadline) { stop in try self.classify(batch, labels: labels, top: top, stop: stop) }
    }

    /// The model's one picture input [N, C, H, W] (or [N, C * H * W]), filled with preprocessed pictures.
    ///
    /// - Throws: `invalidInput` if the model does not take one picture input, or if there are no pictures.
    public func input(of batch: PictureBatch) throws -> [String: Tensor] { try input(of: batch, total: batch.count) }

    /// The number of scores that the model computes for each picture of a batch, which is the number of its classes.
    /// Prepares the batch's plan.
    ///
    /// - Throws: as ``classify(_:labels:top:)``.
    public func classCount(for batch: PictureBatch) throws -> Int {
        let total = try pictureCount(for: batch)
        let plan = try plan(for: input(of: batch, total: total))
        guard let name = model.outputNames.first, let output = plan.outputs.first(where: { $0.name == name }),
            output.type.elementType.isScore, output.type.shape.rank > 0,
            output.type.shape.elementCount.isMultiple(of: total)
        else { throw Engine.noScores }
        return output.type.shape.elementCount / total
    }

    /// `stop` is called between steps.
    func classify(
        _ batch: PictureBatch, labels: [String]?, top: Int, stop: () throws -> Void
    ) throws -> [[Prediction]] {
        guard !batch.isEmpty else { return [] }
        let total = try pictureCount(for: batch)
        let outputs = try perform(input(of: batch, total: total), stop: stop)
        guard let name = model.outputNames.first, let scores = outputs[name], scores.elementType.isScore,
            scores.shape.rank > 0, scores.shape.elementCount.isMultiple(of: total)
        else { throw Engine.noScores }
        let values = try scores.floats()
        let classes = values.count / total
        func answers(_ labels: [String]?) throws -> [[Prediction]] {
            try (0..<batch.count).map { picture in
                try Prediction.top(top, of: Array(values[picture * classes..<(picture + 1) * classes]), labels: labels)
            }
        }
        if labels == nil, let own = model.labels { return try locating(model.source) { try answers(own) } }
        return try answers(labels)
    }

    private static let noScores = DeeperError(
        .invalidInput, "the model's first output is not a row of float32 or 16-bit scores for each picture")

    /// The pictures of a run: those of the batch, or as many as the model fixes. A batch that is too large is refused
    /// by the run.
    ///
    /// - Throws: `invalidInput` for an empty batch; `limitExceeded` if a run of so many pictures takes more memory than
    ///   the engine may, which a model's file can ask for.
    private func pictureCount(for batch: PictureBatch) throws -> Int {
        guard !batch.isEmpty else { throw DeeperError(.invalidInput, "no pictures") }
        let total = max(batch.count, model.fixedBatch ?? 1)
        let (bytes, overflow) = total.multipliedReportingOverflow(by: batch.byteCount / batch.count)
        guard !overflow, bytes <= options.memoryLimitBytes else {
            throw DeeperError(
                .limitExceeded,
                "\(total) pictures of \(batch.byteCount / batch.count) B each are above the engine's limit of "
                    + "\(options.memoryLimitBytes) B"
            ).within(model.source)
        }
        return total
    }

    /// As ``input(of:)``, with the last picture again where the model fixes its batch to more of them.
    ///
    /// - Throws: `limitExceeded` too, if a run of so many pictures takes more memory than the engine may.
    package func filledInput(of batch: PictureBatch) throws -> [String: Tensor] {
        try input(of: batch, total: pictureCount(for: batch))
    }

    private func input(of batch: PictureBatch, total: Int) throws -> [String: Tensor] {
        let inputs = model.inputs
        guard inputs.count == 1, inputs[0].type.elementType.isScore else {
            let list = inputs.map(\.description).joined(separator: ", ")
            throw DeeperError(
                .invalidInput,
                "classification needs a model with one input of float32 or 16-bit floats; inputs: \(list)")
        }
        return [inputs[0].name: try batch.tensor(total: total).converted(to: inputs[0].type.elementType)]
    }
}

extension ElementType {
    /// Whether pictures and scores may have the type.
    package var isScore: Bool { self == .float32 || isHalf }
}

extension Model {
    /// The number of pictures that every run takes, if the model fixes it.
    public var fixedBatch: Int? {
        guard case .fixed(let extent)? = inputs.first?.type.dimensions?.first else { return nil }
        return max(1, extent)
    }
}
