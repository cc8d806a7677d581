import Deeper
import DeeperGraphs
import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import DeeperZoo
import Foundation
import Testing

struct PictureBatchTests {
    private let preprocessing = Preprocessing(resize: .exact(width: 32, height: 32))

    private func pictures(_ count: Int) throws -> [Picture] {
        var generator = SeededGenerator(seed: 11)
        return try (0..<count).map { index in
            let (width, height) = (20 + index, 40)
            return try Picture(
                width: width, height: height,
                pixels: (0..<3 * width * height).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 20) })
        }
    }

    private func model(batch: Int?) throws -> Model {
        var graph = try ModelZoo.graph(named: "inception-cifar10", classCount: 10, weights: .seeded(3))
        if let batch {
            for index in graph.inputs.indices where graph.constants[graph.inputs[index].value] == nil {
                graph.inputs[index].type.dimensions?[0] = .fixed(batch)
            }
        }
        return Model(graph: graph)
    }

    @Test("a batch gives the same answers as its pictures alone, by every call")
    func answers() async throws {
        let engine = try Engine(model(batch: nil))
        let pictures = try pictures(3)
        var batch = PictureBatch(preprocessing: preprocessing)
        for picture in pictures { try batch.append(picture) }
        #expect(batch.count == 3 && batch.extent == Extent(width: 32, height: 32))
        #expect(batch.byteCount == 3 * 3 * 32 * 32 * 4)
        #expect(try engine.classCount(for: batch) == 10)
        let preprocessing = self.preprocessing
        let alone = try await pictures.asyncMap { try await engine.classify($0, preprocessing: preprocessing, top: 3) }
        #expect(try await engine.classify(batch, top: 3) == alone)
        #expect(try waiting(engine, batch) == alone)
        batch.removeAll()
        #expect(batch.isEmpty && batch.extent == nil)
        #expect(try waiting(engine, batch).isEmpty)
    }

    /// Outside `async` functions the blocking call is chosen.
    private func waiting(_ engine: Engine, _ batch: PictureBatch) throws -> [[Prediction]] {
        try engine.classifyBlocking(batch, top: 3)
    }

    @Test("a model that fixes its batch answers fewer pictures too, and refuses more")
    func fixedBatch() throws {
        let (free, fixed) = (try Engine(model(batch: nil)), try Engine(model(batch: 4)))
        #expect(fixed.model.fixedBatch == 4 && free.model.fixedBatch == nil)
        var batch = PictureBatch(preprocessing: preprocessing)
        for picture in try pictures(3) { try batch.append(picture) }
        #expect(try waiting(fixed, batch) == waiting(free, batch))
        #expect(try fixed.classCount(for: batch) == 10)
        for picture in try pictures(2) { try batch.append(picture) }
        #expect(try errorCode { _ = try waiting(fixed, batch) } == .invalidInput)
    }

    @Test("a model that fixes its batch to more pictures than memory is refused before any are copied")
    func hugeBatch() throws {
        let engine = try Engine(model(batch: 1 << 40))
        var batch = PictureBatch(preprocessing: preprocessing)
        try batch.append(try pictures(1)[0])
        #expect(try errorCode { _ = try waiting(engine, batch) } == .limitExceeded)
        #expect(try errorCode { _ = try engine.filledInput(of: batch) } == .limitExceeded)
    }

    @Test("pictures are prepared as the model says, and without that the batch has to be told")
    func modelsOwn() throws {
        var model = try model(batch: nil)
        #expect(try errorCode { _ = try PictureBatch(for: model) } == .invalidInput)
        model.preprocessing = .cifar10
        #expect(try PictureBatch(for: model).preprocessing == .cifar10)
    }

    @Test("a picture of another size is refused and leaves the batch as it is")
    func sizes() throws {
        var batch = PictureBatch(preprocessing: Preprocessing())
        let pictures = try pictures(2)
        try batch.append(pictures[0])
        #expect(try batch.takes(pictures[0].extent))
        #expect(try !batch.takes(pictures[1].extent))
        #expect(try errorCode { try batch.append(pictures[1]) } == .invalidInput)
        #expect(batch.count == 1 && batch.extent == pictures[0].extent)
    }
}

extension Array {
    /// `map` for asynchronous work, one element after the other.
    fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
