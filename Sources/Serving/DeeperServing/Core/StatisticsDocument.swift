#if Server
internal import DeeperModelServing

/// The statistics of models, in the form of Triton's statistics extension.
struct StatisticsDocument: Encodable {
    struct Duration: Encodable {
        let count: Int
        let ns: Int

        init(_ sum: ModelStatistics.Sum) { (count, ns) = (sum.count, sum.nanoseconds) }
    }

    struct Durations: Encodable {
        let success: Duration
        let fail: Duration
        let queue: Duration
        let computeInput: Duration
        let computeInfer: Duration
        let computeOutput: Duration

        enum CodingKeys: String, CodingKey {
            case success, fail, queue
            case computeInput = "compute_input"
            case computeInfer = "compute_infer"
            case computeOutput = "compute_output"
        }
    }

    struct Batch: Encodable {
        let batchSize: Int
        let computeInput: Duration
        let computeInfer: Duration
        let computeOutput: Duration

        enum CodingKeys: String, CodingKey {
            case batchSize = "batch_size"
            case computeInput = "compute_input"
            case computeInfer = "compute_infer"
            case computeOutput = "compute_output"
        }
    }

    struct Model: Encodable {
        let name: String
        let version: String
        let lastInference: Int
        let inferenceCount: Int
        let executionCount: Int
        let inferenceStats: Durations
        let batchStats: [Batch]

        enum CodingKeys: String, CodingKey {
            case name, version
            case lastInference = "last_inference"
            case inferenceCount = "inference_count"
            case executionCount = "execution_count"
            case inferenceStats = "inference_stats"
            case batchStats = "batch_stats"
        }

        init(_ model: ServedModel) {
            let all = model.statistics.snapshot
            name = model.name
            version = model.version
            lastInference = all.lastInferenceMilliseconds
            inferenceCount = all.inferenceCount
            executionCount = all.executionCount
            inferenceStats = Durations(
                success: Duration(all.success), fail: Duration(all.failure), queue: Duration(all.queue),
                computeInput: Duration(all.input), computeInfer: Duration(all.compute),
                computeOutput: Duration(all.output))
            batchStats = all.batches.sorted { $0.key < $1.key }.map {
                Batch(
                    batchSize: $0.key, computeInput: Duration($0.value.input),
                    computeInfer: Duration($0.value.compute), computeOutput: Duration($0.value.output))
            }
        }
    }

    let models: [Model]

    init(_ models: [ServedModel]) { self.models = models.map(Model.init) }

    enum CodingKeys: String, CodingKey { case models = "model_stats" }
}
#endif
