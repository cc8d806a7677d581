internal import DeeperExecution
internal import DeeperGraphs
internal import DeeperImaging
public import DeeperTensors

extension Engine {
    /// Classifies a batch of preprocessed pictures on the calling thread and the engine's workers.
    ///
    /// If the model's batch size is fixed and larger, the last picture is repeated to fill the batch.
    ///
    /// - Parameters:
    ///   - batch: the pictures; an empty batch gives no answers.
    ///   - labels: names by output position. If nil, the model's own are used, if there are any.
    ///   - top: the number of classes to return, best first.
    /// - Returns: the classes of every picture, in the batch's order.
    /// - Throws: as ``runBlocking(_:)``; `invalidInput` if the model does not take one picture input, or if it is not a
    ///   classifier: neither its first output nor one with as many scores as there are labels is a row of scores for
    ///   each picture.
    @available(*, noasync, message: "use `try await classify(_:)`")
    public func classifyBlocking(_ batch: PictureBatch, labels: [String]? = nil, top: Int = 5) throws -> [[Prediction]]
    {
        try classify(batch, labels: labels, top: top) {}
    }

    /// Classifies a batch of preprocessed pictures without blocking the caller's thread.
    ///
    /// - Parameters:
    ///   - batch: the pictures; an empty batch gives no answers.
    ///   - labels: names by output position. If nil, the model's own are used, if there are any.
    ///   - top: the number of classes to return, best first.
    ///   - deadline: the time after which the answers are no longer needed.
    /// - Returns: the classes of every picture, in the batch's order.
    /// - Throws: as ``run(_:deadline:)``; `invalidInput` if the model does not take one picture input, or if it is not
    ///   a classifier.
    public func classify(
        _ batch: PictureBatch, labels: [String]? = nil, top: Int = 5, deadline: ContinuousClock.Instant? = nil
    ) async throws -> [[Prediction]] {
        try await queued(deadline) { stop in try self.classify(batch, labels: labels, top: top, stop: stop) }
    }

    /// The model's one picture input, [N, C, H, W] or [N, H, W, C] as ``Model/pictureLayout`` says, filled with
    /// preprocessed pictures.
    ///
    /// - Throws: `invalidInput` if the model does not take one picture input, or if there are no pictures.
    public func input(of batch: PictureBatch) throws -> [String: Tensor] { try input(of: batch, total: batch.count) }

    /// The number of scores that the model computes for each picture of a batch, which is the number of its classes.
    /// Prepares the batch's plan.
    ///
    /// - Throws: as ``classify(_:labels:top:deadline:)``.
    public func classCount(for batch: PictureBatch) throws -> Int {
        let total = try pictureCount(for: batch)
        return try scores(of: input(of: batch, total: total), total, model.labels).classCount
    }

    /// `stop` is called between steps.
    func classify(
        _ batch: PictureBatch, labels: [String]?, top: Int, stop: () throws -> Void
    ) throws -> [[Prediction]] {
        guard !batch.isEmpty else { return [] }
        let rows = try scores(of: batch, labels: labels ?? model.labels, stop: stop).rows
        func answers(_ labels: [String]?) throws -> [[Prediction]] {
            try rows.map { try Prediction.top(top, of: Array($0), labels: labels) }
        }
        if labels == nil, let own = model.labels { return try locating(model.source) { try answers(own) } }
        return try answers(labels)
    }

    /// The scores of every picture, and the name of the output that has them.
    func scores(
        of batch: PictureBatch, labels: [String]?, stop: () throws -> Void
    ) throws -> (name: String, rows: [ArraySlice<Float>]) {
        let total = try pictureCount(for: batch)
        let inputs = try input(of: batch, total: total)
        // Checked before the run, because running a detector takes long.
        let output = try scores(of: inputs, total, labels)
        guard let scores = try perform(inputs, stop: stop)[output.name] else {
            throw DeeperError(.internalFault, "output \"\(output.name)\" was not computed").within(model.source)
        }
        let values = try scores.floats()
        let classes = output.classCount
        return (output.name, (0..<batch.count).map { values[$0 * classes..<($0 + 1) * classes] })
    }

    /// The output with the scores of a run on pictures. Prepares its plan.
    private func scores(
        of inputs: [String: Tensor], _ pictureCount: Int, _ labels: [String]?
    ) throws -> ScoreOutput {
        let plan: Plan
        do {
            plan = try self.plan(for: inputs)
        } catch let error as DeeperError where error.code == .invalidInput {
            // That a network does not classify at all matters more than the size of its pictures.
            _ = try locating(model.source) { try model.graph.scoreOutput(labelCount: labels?.count) }
            throw error
        }
        return try locating(model.source) {
            try ScoreOutput(
                of: plan.outputs.map { ($0.name, $0.type) }, pictureCount: pictureCount, labelCount: labels?.count)
        }
    }

    /// The number of pictures in a run: that of the batch, or the model's fixed batch size if it is larger. A batch
    /// that is too large is refused by the run.
    ///
    /// - Throws: `invalidInput` for an empty batch; `limitExceeded` if that many pictures take more memory than the
    ///   engine is allowed; a model's file can demand this.
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

    /// As ``input(of:)``, with the last picture repeated where the model's batch size is fixed and larger.
    ///
    /// - Throws: also `limitExceeded` if that many pictures take more memory than the engine is allowed.
    package func filledInput(of batch: PictureBatch) throws -> [String: Tensor] {
        try input(of: batch, total: pictureCount(for: batch))
    }

    private func input(of batch: PictureBatch, total: Int) throws -> [String: Tensor] {
        let inputs = model.inputs
        guard inputs.count == 1, inputs[0].type?.elementType.isScore == true else {
            let list = inputs.map(\.description).joined(separator: ", ")
            throw DeeperError(
                .invalidInput,
                "classification needs a model with one input of float32 or 16-bit floats; inputs: \(list)"
            ).within(model.source)
        }
        return [
            inputs[0].name: try batch.tensor(total: total, model.pictureLayout).converted(
                to: inputs[0].type?.elementType ?? .float32)
        ]
    }
}

extension ElementType {
    /// Whether pictures and scores may have the type.
    package var isScore: Bool { self == .float32 || isHalf }
}

extension Model {
    /// The number of pictures that every run takes, if the model fixes it.
    public var fixedBatch: Int? {
        guard case .fixed(let extent)? = inputs.first?.type?.dimensions?.first else { return nil }
        return max(1, extent)
    }
}
