#if Server
import Deeper
import DeeperGraphs
import DeeperInferenceProtocol
import DeeperTensors
import DeeperTestSupport
import Metrics
import Testing

@testable import DeeperModelServing

/// The shapes that models are tried and warmed up with.
struct TrialInputsTests {
    /// Averages of pictures of any size: x [N, 3, H, W] to y [N, 3].
    private func averages() throws -> Model {
        var builder = GraphBuilder(name: "averages")
        let x = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(3), .symbol("H"), .symbol("W")]))
        builder.output(try builder.node("Flatten", "y", [try builder.node("GlobalAveragePool", "pool", [x])]))
        return Model(graph: builder.graph)
    }

    /// Takes pictures of 9 x 9 only, though its declared shape does not say so, and 9 is no usual size.
    private func fussy() throws -> Model {
        var builder = GraphBuilder(name: "fussy")
        let x = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(3), .symbol("H"), .symbol("W")]))
        let matrix = builder.constant(
            "matrix", try Tensor([Float](repeating: 0.5, count: 3 * 81 * 2), shape: [243, 2]))
        builder.output(try builder.node("MatMul", "y", [try builder.node("Flatten", "flat", [x]), matrix]))
        return Model(graph: builder.graph)
    }

    private func source(_ extent: Int? = nil, _ shapes: String...) throws -> ModelSource {
        var source = ModelSource(name: "m", path: "m", maxBatch: 2)
        source.warmUpExtent = extent
        source.warmUpShapes = try shapes.map { try #require(InputShape($0)) }
        return source
    }

    private func served(_ model: Model, _ source: ModelSource) throws -> ServedModel {
        try ServedModel(
            source, version: "1", model: model, options: EngineOptions(),
            pool: try EnginePool(threads: 1, concurrentCalls: 1), metrics: NOOPMetricsHandler.instance)
    }

    @Test(
        "a size fills in what is open; a shape gives all but the rows of a batch",
        arguments: [
            (nil, [], [224, 224]), (48, [], [48, 48]), (nil, ["x=1,3,20,30"], [20, 30]),
            (48, ["8,3,20,30"], [20, 30]),
        ] as [(Int?, [String], [Int])])
    func shapes(extent: Int?, shapes: [String], sides: [Int]) throws {
        var source = try source(extent)
        source.warmUpShapes = try shapes.map { try #require(InputShape($0)) }
        let trial = try TrialInputs(of: averages(), source, hasBatch: true)
        #expect(trial.isGiven == (extent != nil || !shapes.isEmpty))
        for rows in [1, 5] {
            #expect(try trial.tensors(rows: rows).mapValues(\.shape) == ["x": Shape([rows, 3] + sides)])
        }
    }

    @Test("without a batch a shape is taken whole, and inputs without one are made up")
    func withoutBatch() throws {
        var builder = GraphBuilder(name: "sum")
        let a = builder.input("a", DeclaredType(.float32, [.symbol("T"), .fixed(4)]))
        let b = builder.input("b", DeclaredType(.float32, [.fixed(1), .symbol("D")]))
        builder.output(try builder.node("ReduceSum", "y", [a]))
        builder.output(try builder.node("Relu", "z", [b]))
        let trial = try TrialInputs(of: Model(graph: builder.graph), source(7, "a=9,4"), hasBatch: false)
        #expect(try trial.tensors().mapValues(\.shape) == ["a": [9, 4], "b": [1, 7]])
    }

    @Test(
        "shapes that the model does not take are refused when it loads, by model and input",
        arguments: [
            (["x=1,4,9,9"], "declares"), (["x=1,3,9"], "declares"), (["y=1,3,9,9"], "no input \"y\""),
            (["x=1,3,9,9", "1,3,9,9"], "\"x\" has two shapes"), (["1,3,9,8"], "MatMul"),
        ])
    func refused(shapes: [String], text: String) throws {
        var source = try source()
        source.warmUpShapes = try shapes.map { try #require(InputShape($0)) }
        let error = #expect(throws: DeeperError.self) { try served(fussy(), source) }
        let message = error?.description ?? ""
        #expect(message.contains("warm-up of model \"m\"") && message.contains(text), "\(message)")
    }

    @Test("an unnamed shape of a model with two inputs is refused")
    func unnamed() throws {
        var builder = GraphBuilder(name: "sum")
        let type = DeclaredType(.float32, [.symbol("N"), .symbol("D")])
        builder.output(try builder.node("Add", "y", [builder.input("a", type), builder.input("b", type)]))
        let error = try #require(throws: DeeperError.self) {
            _ = try TrialInputs(of: Model(graph: builder.graph), source(nil, "1,4"), hasBatch: true)
        }
        #expect(error.message.contains("names no input; the model has a, b"))
    }

    @Test("the log says which size was assumed, and that none was found")
    func notes() throws {
        let assumed = try served(averages(), source()).notes
        #expect(assumed.contains { $0.contains("x [1, 3, 224, 224]") && $0.contains("\"warmup-size\"") }, "\(assumed)")
        let unknown = try served(fussy(), source()).notes
        #expect(unknown.contains { $0.contains("not warmed up") }, "\(unknown)")
        for (model, source) in [(try averages(), try source(16)), (try fussy(), try source(nil, "1,3,9,9"))] {
            #expect(try !served(model, source).notes.contains { $0.contains("warm") })
        }
        #expect(try !served(inceptionModule(), source()).notes.contains { $0.contains("warm") })
    }

    @Test("a size that the network does not take, or that is out of range, is refused")
    func sizes() throws {
        #expect(throws: DeeperError.self) { try served(fussy(), source(8)) }
        #expect(try served(fussy(), source(9)).description.inputs[0].shape == [-1, 3, -1, -1])
        for extent in [0, 65_537] {
            let wrong = try source(extent)
            #expect(try errorCode { try wrong.validate() } == .invalidInput)
        }
    }
}
#endif
