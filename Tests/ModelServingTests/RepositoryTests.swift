#if Server
import Deeper
import DeeperInferenceProtocol
import DeeperTensors
import DeeperTestSupport
import DeeperZoo
import Foundation
import Logging
import Metrics
import Synchronization
import Testing

@testable import DeeperModelServing

/// Models that are loaded and unloaded while others answer.
struct RepositoryTests {
    private func repository(
        _ sources: [ModelSource], memory: ModelMemory? = nil,
        reader: @escaping @Sendable (String) throws -> Model = { _ in try inceptionModule() }
    ) throws -> ModelRepository {
        try ModelRepository(
            sources, options: EngineOptions(), pool: try EnginePool(threads: 1, concurrentCalls: 1),
            memory: memory, metrics: NOOPMetricsHandler.instance,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            reader: reader)
    }

    @Test("a model is found once it is loaded, and gone when it is unloaded; requests that hold it keep it")
    func life() async throws {
        let repository = try repository([ModelSource(name: "a", path: "a"), ModelSource(name: "b", path: "b")])
        #expect(repository.names == ["a", "b"] && !repository.isReady)
        #expect(await errorKind { try repository.model("a") } == .unavailable)
        #expect(await errorKind { try repository.model("c") } == .notFound)
        try await repository.load("a")
        #expect(!repository.isReady)
        try await repository.load("b")
        #expect(repository.isReady)
        let model = try repository.model("a")
        #expect(await errorKind { try repository.model("a", version: "2") } == .notFound)
        try repository.unload("a")
        // What was unloaded on purpose does not make the server unready.
        #expect(repository.isReady)
        #expect(await errorKind { try repository.model("a") } == .notFound)
        let expected = [
            ModelRepository.Entry(name: "a", version: "", state: .unavailable, reason: "unloaded"),
            ModelRepository.Entry(name: "b", version: "1", state: .ready, reason: ""),
        ]
        #expect(repository.index == expected)
        let inputs = try model.engine.model.seededInputs()
        #expect(try await model.engine.run(inputs, deadline: nil).count == 1)
        try await repository.load("a")
        #expect(try repository.model("a") !== model)
    }

    @Test("a model that cannot be reloaded continues unchanged")
    func failedReload() async throws {
        let isBroken = Atomic(false)
        let repository = try repository([ModelSource(name: "a", path: "a")]) { path in
            if isBroken.load(ordering: .relaxed) { throw DeeperError(.invalidModel, "broken").within(path) }
            return try inceptionModule()
        }
        try await repository.load("a")
        let model = try repository.model("a")
        isBroken.store(true, ordering: .relaxed)
        await #expect(throws: DeeperError.self) { try await repository.load("a") }
        #expect(try repository.model("a") === model)
        try repository.unload("a")
        await #expect(throws: DeeperError.self) { try await repository.load("a") }
        #expect(repository.index.first?.reason.contains("broken") == true)
        #expect(!repository.isReady)
    }

    @Test("a model that is unloaded while it is loading stays unloaded", .timeLimit(.minutes(1)))
    func unloadedMeanwhile() async throws {
        let isReading = Atomic(false)
        let isUnloaded = Atomic(false)
        let repository = try repository([ModelSource(name: "a", path: "a")]) { _ in
            isReading.store(true, ordering: .relaxed)
            while !isUnloaded.load(ordering: .relaxed) { usleep(500) }
            return try inceptionModule()
        }
        let load = Task { await errorKind { try await repository.load("a") } }
        while !isReading.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(1)) }
        try repository.unload("a")
        isUnloaded.store(true, ordering: .relaxed)
        #expect(await load.value == .unavailable)
        #expect(repository.index.first?.reason == "unloaded")
    }

    @Test("a folder of numbered folders gives versions; the newest answers")
    func versions() async throws {
        try await withTemporaryFolder { folder in
            for version in ["1", "10", "9", "notes"] {
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/\(version)", withIntermediateDirectories: true)
                _ = FileManager.default.createFile(atPath: "\(folder)/\(version)/model.onnx", contents: Data())
            }
            let repository = try repository([ModelSource(name: "a", path: folder)])
            try await repository.load("a")
            #expect(try repository.model("a").version == "10")
            #expect(try repository.model("a", version: "9").version == "9")
            #expect(try repository.description("a").versions == ["1", "9", "10"])
            try FileManager.default.removeItem(atPath: "\(folder)/9/model.onnx")
            await #expect(throws: DeeperError.self) { try await repository.load("a") }
        }
    }

    @Test("an update reads what appeared or changed, keeps what did not, and drops what left")
    func update() async throws {
        try await withTemporaryFolder { folder in
            func write(_ name: String, _ text: String) {
                _ = FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: Data(text.utf8))
            }
            func sources(_ names: String...) -> [ModelSource] {
                names.map { ModelSource(name: $0, path: "\(folder)/\($0)") }
            }
            for name in ["a", "b", "c"] { write(name, "1") }
            let repository = try repository(sources("a", "b"))
            for name in ["a", "b"] { try await repository.load(name) }
            let (a, b) = (try repository.model("a"), try repository.model("b"))
            await repository.update(sources("a", "b"))
            #expect(try repository.model("a") === a && repository.model("b") === b)
            write("b", "22")
            await repository.update(sources("b", "c"))
            #expect(repository.names == ["b", "c"])
            #expect(try repository.model("b") !== b && repository.isReady("c"))
            // Unloaded by a client, it stays away until its file changes.
            try repository.unload("c")
            await repository.update(sources("b", "c"))
            #expect(!repository.isReady("c"))
            write("c", "22")
            await repository.update(sources("b", "c"))
            #expect(repository.isReady("c"))
        }
    }

    @Test("weights take from the memory for computing, and a model that would leave too little is not loaded")
    func memory() async throws {
        let weights = try ServedModel(
            ModelSource(name: "x", path: "x"), version: "1", model: inceptionModule(), options: EngineOptions(),
            pool: EnginePool(), metrics: NOOPMetricsHandler.instance
        ).weightByteCount
        #expect(weights > 100_000)
        let repository = try repository(
            [ModelSource(name: "a", path: "a"), ModelSource(name: "b", path: "b")],
            memory: ModelMemory(total: 2 * weights + weights / 2, leastWorking: weights))
        try await repository.load("a")
        #expect(repository.weightByteCount == weights)
        await #expect { try await repository.load("b") } throws: { "\($0)".contains("weights take about") }
        try repository.unload("a")
        try await repository.load("b")
    }

    @Test("invalid sources are refused at the start")
    func invalid() throws {
        let pairs: [[ModelSource]] = [
            [ModelSource(name: "a/b", path: "x")], [ModelSource(name: "", path: "x")],
            [ModelSource(name: "..", path: "x")], [ModelSource(name: "a", path: "x", maxBatch: 0)],
            [ModelSource(name: "a", path: "x", queueLimit: 0)],
            [ModelSource(name: "a", path: "x", maxDelayMicroseconds: -1)],
            [ModelSource(name: "a", path: "x"), ModelSource(name: "a", path: "y")],
        ]
        for sources in pairs { #expect(try errorCode { _ = try repository(sources) } == .invalidInput) }
    }

    @Test("a first dimension that is a batch is found, and tried")
    func batch() throws {
        #expect(try Fixture(maxBatch: 4).model.description.maxBatch == 4)
        #expect(try Fixture(maxBatch: 1).model.description.maxBatch == 1)
    }
}
#endif
