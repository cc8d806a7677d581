import DeeperGraphs
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@testable import Deeper

@Suite("what programs see of models and engines")
struct InterfaceTests {
    private func network() throws -> Model {
        var builder = GraphBuilder(name: "doubled")
        let x = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(3)]))
        builder.output(try builder.node("Add", "y", [x, x]))
        return Model(graph: builder.graph)
    }

    @Test("outputs have types as inputs do: those that a model declares, or else those that follow from its inputs")
    func outputs() throws {
        let declared = try Models.inception()
        #expect(declared.outputs.map(\.name) == declared.outputNames)
        #expect(declared.outputs.allSatisfy { $0.type?.elementType == .float32 && $0.type?.dimensions != nil })
        let inferred = try network()
        #expect(inferred.outputs.map(\.description) == ["y: float32[N, 3]"])
        #expect(inferred.inputs.map(\.description) == ["x: float32[N, 3]"])
    }

    @Test("printing a model or its graph takes a few lines, whatever its size") func descriptions() throws {
        let model = try Models.inception()
        #expect("\(model)".count < 1000)
        #expect("\(model)".hasPrefix(model.source))
        #expect(String(reflecting: model).count < 1000)
        #expect("\(model.graph)".count < 200)
    }

    @Test("a model in memory gives the same bits as its file, and a path the same as a URL") func bytes() throws {
        let model = try Models.inception()
        let inputs = try model.seededInputs()
        let answers = try withTemporaryFolder { folder in
            let path = folder + "/model.onnx"
            try model.write(to: path)
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            return try [
                Model(contentsOf: path), Model(contentsOf: URL(fileURLWithPath: path)),
                Model(onnx: bytes, source: "memory"),
            ].map { try Engine($0).runBlocking(inputs) }
        }
        for answer in answers {
            for (name, tensor) in answer { #expect(try tensor.isIdentical(to: #require(answers[0][name]))) }
        }
        let error = #expect(throws: DeeperError.self) { try Model(onnx: [1, 2, 3], source: "memory") }
        #expect(error?.code == .invalidModel)
        #expect(error.map { "\($0)".contains("memory") } == true)
    }

    @Test("preparing makes the plan that the first call needs") func prepare() async throws {
        let model = try network()
        let engine = try Engine(model)
        #expect(engine.plans.prepared.isEmpty)
        try await engine.prepare(batch: 2)
        #expect(engine.plans.prepared.count == 1)
        let inputs = ["x": try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])]
        let outputs = try await engine.run(inputs)
        #expect(try #require(outputs["y"]).elements(as: Float.self) == [2, 4, 6, 8, 10, 12])
        #expect(engine.plans.prepared.count == 1)
    }

    @Test("by default all CPUs are shared by the calls that run at once") func threads() throws {
        let options = EngineOptions()
        #expect(options.threads == EnginePool.availableCPUs && options.sharesThreads)
        #expect(EngineOptions(threads: 1).threads == 1 && !EngineOptions(threads: 1).sharesThreads)
        var changed = EngineOptions()
        changed.threads = 3
        #expect(changed.threads == 3 && !changed.sharesThreads)
    }

    @Test("advice about OpenBLAS is given only to an engine that multiplies with it") func advice() throws {
        let model = try Models.inception()
        let inputs = try model.seededInputs()
        for choice in [GemmChoice.auto, .packed, .reference]
        where choice.packsFilters(on: .best) || choice == .reference {
            let engine = try Engine(model, options: EngineOptions(gemm: choice))
            #expect(engine.advice.isEmpty, "\(choice)")
            _ = try engine.plan(for: inputs)
            #expect(engine.advice.isEmpty, "\(choice), prepared")
        }
        // What there is to say depends on the machine: its OpenBLAS may be as it should be.
        let library = BLASLibrary.loaded
        let reasons = [library.betterCoreType != nil, library.flavour == .serial].count { $0 }
        let engine = try Engine(model, options: EngineOptions(gemm: .openblas))
        #expect(engine.advice.count >= reasons)
        _ = try engine.plan(for: inputs)
        #expect(engine.advice.count >= reasons, "prepared")
    }
}
