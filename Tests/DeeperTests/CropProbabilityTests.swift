import Deeper
import DeeperGraphs
import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite("probabilities averaged over crops") struct CropProbabilityTests {
    private static let preprocessing = Preprocessing(
        resize: .exact(width: 7, height: 6), centreCrop: Extent(width: 4, height: 4), scale: 1 / 255)

    /// Five classes for pictures [N, 3, 4, 4].
    private func model(softmax: Bool, batch: DeclaredDimension = .symbol("N")) throws -> Model {
        var builder = GraphBuilder(name: "network.onnx")
        let x = builder.input("x", DeclaredType(.float32, [batch, .fixed(3), .fixed(4), .fixed(4)]))
        var generator = SeededGenerator(seed: 5)
        let w = builder.constant("w", try Tensor(generator.floats(48 * 5), shape: [48, 5]))
        let rows = try builder.node("Gemm", "rows", [builder.node("Flatten", "flat", [x]), w])
        if softmax {
            let y = try builder.node("Softmax", "y", [rows], ["axis": .int(1)])
            builder.output(try builder.node("Identity", "z", [y]))
        } else {
            builder.output(rows)
        }
        return Model(graph: builder.graph)
    }

    private func picture() throws -> Picture {
        try Picture(width: 9, height: 8, pixels: (0..<3 * 9 * 8).map { UInt8(truncatingIfNeeded: ($0 + 3) * 41) })
    }

    @Test("the mean of the crops' answers, alone and in fixed batches", arguments: [CropSet.single, .ten, .googLeNet])
    func mean(crops: CropSet) throws {
        let engine = try Engine(model(softmax: true))
        let picture = try picture()
        let after = Self.preprocessing.afterCropping
        let rows = try Self.preprocessing.crops(of: picture, crops).map { crop in
            let outputs = try engine.runBlocking(engine.input(of: [crop], preprocessing: after))
            return try #require(outputs["z"]).elements(as: Float.self)
        }
        let expected = (0..<5).map { index in
            Float(rows.reduce(0) { $0 + Double($1[index]) } / Double(rows.count))
        }
        #expect(
            try engine.probabilitiesBlocking(of: picture, crops: crops, preprocessing: Self.preprocessing) == expected)
        let fixed = try Engine(model(softmax: true, batch: .fixed(4)))
        #expect(
            try fixed.probabilitiesBlocking(of: picture, crops: crops, preprocessing: Self.preprocessing) == expected)
    }

    @Test("without a softmax in the network, that of its scores is averaged") func scores() async throws {
        let picture = try picture()
        let with = try await Engine(model(softmax: true)).probabilities(
            of: picture, crops: .ten, preprocessing: Self.preprocessing)
        let without = try await Engine(model(softmax: false)).probabilities(
            of: picture, crops: .ten, preprocessing: Self.preprocessing)
        #expect(zip(with, without).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(abs(without.reduce(0, +) - 1) < 1e-5)
    }

    @Test("a model without preprocessing is refused unless the call gives one") func unknown() async throws {
        let engine = try Engine(model(softmax: true))
        let picture = try picture()
        await #expect(throws: DeeperError.self) { try await engine.probabilities(of: picture, crops: .ten) }
    }
}
