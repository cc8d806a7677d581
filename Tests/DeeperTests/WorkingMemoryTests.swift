import Deeper
import DeeperGraphs
import DeeperTensors
import Testing

/// What engines of one pool keep for the shapes that they have seen.
@Suite struct WorkingMemoryTests {
    /// A convolution and its square on pictures of any size.
    private func model() throws -> Model {
        var builder = GraphBuilder(name: "open")
        let x = builder.input("x", DeclaredType(.float32, [.fixed(1), .fixed(2), .symbol("H"), .symbol("W")]))
        let w = builder.constant("w", try Tensor((0..<36).map { Float($0) / 8 }, shape: [2, 2, 3, 3]))
        let y = try builder.node("Conv", "y", [x, w], ["pads": .ints([1, 1, 1, 1])])
        builder.output(try builder.node("Mul", "square", [y, try builder.node("Abs", "abs", [y])]))
        return Model(graph: builder.graph)
    }

    private func run(_ engine: Engine, _ extent: Int) throws -> [Float] {
        let count = 2 * extent * extent
        let x = try Tensor((0..<count).map { Float($0 % 17) }, shape: [1, 2, extent, extent])
        return try #require(try engine.runBlocking(["x": x])["square"]).elements(as: Float.self)
    }

    @Test("memory of shapes unseen for longest is given back; shapes that need more than there may be are refused")
    func bounded() throws {
        let model = try model()
        let free = try Engine(model)
        // Enough for the working memory and the result of one picture of 64 x 64, but not of 128 x 128.
        let plan = try free.plan(for: try model.seededInputs(extent: 64))
        let bytes = (plan.memoryByteCount(workers: 1) + plan.outputByteCount) * 5 / 4
        let bounded = try Engine(
            model, pool: try EnginePool(threads: 1, concurrentCalls: 1, workingMemoryBytes: bytes))
        for extent in [64, 48, 32, 64, 63, 48, 64] {
            #expect(try run(bounded, extent) == run(free, extent), "\(extent)")
        }
        let error = #expect(throws: DeeperError.self) { try run(bounded, 128) }
        #expect(error?.code == .limitExceeded && "\(error.map(String.init(describing:)) ?? "")".contains("\(bytes)"))
        // Nothing was given up for it.
        #expect(try run(bounded, 64) == run(free, 64))
    }
}
