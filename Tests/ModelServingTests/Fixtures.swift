#if Server
import Deeper
import DeeperInferenceProtocol
import DeeperTensors
import DeeperZoo
import Foundation
import Logging
import Metrics
import Synchronization
import Testing
import Tracing

@testable import DeeperModelServing

/// A reduced Inception module on a small picture, which computes for a few milliseconds.
func inceptionModule(channels: Int = 192) throws -> Model {
    let module = InceptionModule(
        name: "inception_3a", filters: .inception3a, form: .reduced, inputChannels: channels, height: 7, width: 7)
    return Model(graph: try module.graph(weights: .seeded(7)))
}

/// A served model and what runs its requests.
struct Fixture {
    let pool: EnginePool
    let model: ServedModel
    let scheduler: Scheduler

    init(
        maxBatch: Int = 4, maxDelayMicroseconds: Int = 0, queueLimit: Int = 64, waitingCalls: Int = 1024,
        budget: ByteBudget = ByteBudget(limit: .max), model: Model? = nil, tracer: (any Tracer)? = nil
    ) throws {
        pool = try EnginePool(threads: 1, concurrentCalls: 1)
        let source = ModelSource(
            name: "m", path: "m", maxBatch: maxBatch, preferredBatch: maxBatch,
            maxDelayMicroseconds: maxDelayMicroseconds,
            queueLimit: queueLimit)
        self.model = try ServedModel(
            source, version: "1", model: try model ?? inceptionModule(), options: EngineOptions(), pool: pool,
            metrics: NOOPMetricsHandler.instance)
        scheduler = Scheduler(pool: pool, waitingCalls: waitingCalls, budget: budget, tracer: tracer)
    }

    func tensor(seed: UInt64, rows: Int = 1) throws -> Tensor {
        try #require(try model.engine.model.seededInputs(batch: rows, seed: seed).values.first)
    }

    func request(seed: UInt64, rows: Int = 1, timeoutMicroseconds: Int? = nil) throws -> InferenceRequest {
        let tensor = try tensor(seed: seed, rows: rows)
        let name = model.description.inputs[0].name
        return InferenceRequest(
            timeoutMicroseconds: timeoutMicroseconds,
            inputs: [
                try .init(name: name, elementType: tensor.elementType, shape: tensor.shape, content: tensor)
            ])
    }

    /// What the engine answers to the same input alone.
    func expected(seed: UInt64, rows: Int = 1) throws -> [UInt8] {
        let outputs = try model.engine.runBlocking([
            model.description.inputs[0].name: try tensor(seed: seed, rows: rows)
        ])
        let tensor = try #require(outputs[model.description.outputs[0].name])
        return try tensor.withUnsafeBytes { Array($0.prefix(tensor.byteCount)) }
    }

    /// The bytes of an answer's first output.
    func answer(_ request: InferenceRequest) async throws -> [UInt8] {
        let response = try await scheduler.run(request, on: model).response(to: request, of: model)
        return try response.outputs[0].withBytes { Array($0) }
    }

    /// Waits until a request has left the queue and is being computed.
    func waitUntilRunning() async throws {
        while scheduler.runningCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
    }

    /// Waits until so many requests wait.
    func waitForQueue(_ count: Int) async throws {
        while scheduler.waitingCount != count { try await Task.sleep(for: .milliseconds(1)) }
    }
}

/// Keeps the only lane of a pool busy until it is released.
final class LaneHold: Sendable {
    private let isHeld = Atomic(false)
    private let isReleased = Atomic(false)
    private let count = Atomic(0)

    init(_ pool: EnginePool) throws {
        let engine = try Engine(try inceptionModule(), pool: pool)
        let inputs = try engine.model.seededInputs()
        _ = try engine.runBlocking(inputs)
        Thread.detachNewThread { [self] in
            _ = try? engine.runBlocking(inputs) {
                // The first questions come before the lane is taken.
                guard count.add(1, ordering: .relaxed).newValue > 4 else { return }
                isHeld.store(true, ordering: .relaxed)
                while !isReleased.load(ordering: .relaxed) { usleep(500) }
            }
        }
        while !isHeld.load(ordering: .relaxed) { usleep(500) }
    }

    func release() { isReleased.store(true, ordering: .relaxed) }
}

/// The kind of the error that `body` throws; nil if it returns.
func errorKind<Output>(_ body: () async throws -> Output) async -> ServingError.Kind? {
    do {
        _ = try await body()
        return nil
    } catch {
        return ServingError(error).kind
    }
}
#endif
