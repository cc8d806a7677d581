#if Server
public import DeeperInferenceProtocol
internal import FoundationEssentials
internal import Metrics
internal import Synchronization

/// The statistics of a model: for clients that ask, for the status page, and for the metrics system.
public final class ModelStatistics: Sendable {
    /// How often something happened and how long it took in total.
    public struct Sum: Sendable, Equatable {
        public var count = 0
        public var nanoseconds = 0

        public init() {}

        mutating func add(_ nanoseconds: Int, count: Int = 1) {
            self.count += count
            self.nanoseconds += nanoseconds
        }
    }

    /// The statistics of batches with one number of rows.
    public struct Batch: Sendable {
        public var input = Sum()
        public var compute = Sum()
        public var output = Sum()
    }

    public struct Snapshot: Sendable {
        public var success = Sum()
        public var failure = Sum()
        public var queue = Sum()
        public var input = Sum()
        public var compute = Sum()
        public var output = Sum()
        /// The number of rows computed.
        public var inferenceCount = 0
        /// The number of batches computed.
        public var executionCount = 0
        /// Statistics by the number of rows of a batch.
        public var batches: [Int: Batch] = [:]
        /// The time of the last answer in milliseconds since 1970; 0 before the first one.
        public var lastInferenceMilliseconds = 0
    }

    public let name: String
    public let version: String
    private let state = Mutex(Snapshot())
    private let successes: Counter
    private let failures: [ServingError.Kind: Counter]
    private let inferences: Counter
    private let executions: Counter
    private let queueTime: Timer
    private let computeTime: Timer
    private let requestTime: Timer
    private let batchRows: Recorder
    private let waiting: Meter

    init(name: String, version: String, factory: any MetricsFactory) {
        self.name = name
        self.version = version
        let labels = [("model", name), ("version", version)]
        func outcome(_ name: String) -> Counter {
            Counter(label: "deeper_requests_total", dimensions: labels + [("outcome", name)], factory: factory)
        }
        successes = outcome("success")
        failures = Dictionary(uniqueKeysWithValues: ServingError.Kind.allCases.map { ($0, outcome($0.rawValue)) })
        inferences = Counter(label: "deeper_inferences_total", dimensions: labels, factory: factory)
        executions = Counter(label: "deeper_executions_total", dimensions: labels, factory: factory)
        queueTime = Timer(label: "deeper_queue_seconds", dimensions: labels, factory: factory)
        computeTime = Timer(label: "deeper_compute_seconds", dimensions: labels, factory: factory)
        requestTime = Timer(label: "deeper_request_seconds", dimensions: labels, factory: factory)
        batchRows = Recorder(label: "deeper_batch_rows", dimensions: labels, aggregate: true, factory: factory)
        waiting = Meter(label: "deeper_queue_waiting", dimensions: labels, factory: factory)
    }

    public var snapshot: Snapshot { state.withLock { $0 } }

    func setWaiting(_ count: Int) { waiting.set(count) }

    /// Records that a batch was computed.
    func ran(rows: Int, inputNanoseconds: Int, computeNanoseconds: Int) {
        state.withLock { state in
            state.inferenceCount += rows
            state.executionCount += 1
            state.input.add(inputNanoseconds)
            state.compute.add(computeNanoseconds)
            state.batches[rows, default: Batch()].input.add(inputNanoseconds)
            state.batches[rows, default: Batch()].compute.add(computeNanoseconds)
        }
        inferences.increment(by: rows)
        executions.increment()
        computeTime.recordNanoseconds(computeNanoseconds)
        batchRows.record(rows)
    }

    /// Makes an answer from the results of a batch, and records how long that took.
    public func timingOutput<Output>(rows: Int, _ body: () throws -> Output) rethrows -> Output {
        let start = nanosecondsNow()
        let output = try body()
        let time = nanosecondsNow() - start
        state.withLock { state in
            state.output.add(time)
            state.batches[rows, default: Batch()].output.add(time)
        }
        return output
    }

    /// Records that a request was answered.
    func answered(queueNanoseconds: Int, totalNanoseconds: Int) {
        let now = Int(Date.now.timeIntervalSince1970 * 1000)
        state.withLock { state in
            state.success.add(totalNanoseconds)
            state.queue.add(queueNanoseconds)
            state.lastInferenceMilliseconds = now
        }
        successes.increment()
        queueTime.recordNanoseconds(queueNanoseconds)
        requestTime.recordNanoseconds(totalNanoseconds)
    }

    /// Records that a request for this model failed, at any point.
    public func failed(_ kind: ServingError.Kind, totalNanoseconds: Int = 0) {
        state.withLock { $0.failure.add(totalNanoseconds) }
        failures[kind]?.increment()
    }
}
#endif
