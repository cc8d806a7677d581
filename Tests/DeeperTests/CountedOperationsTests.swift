import Deeper
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import DeeperZoo
import Foundation
import Testing

@Suite("what kernels execute is what formulas say") struct CountedOperationsTests {
    private func counts(
        _ model: Model, _ algorithm: ConvolutionAlgorithm, batch: Int = 1, gemm: GemmChoice = .auto,
        isa: InstructionSet? = nil
    ) throws -> [Engine.StepCount] {
        var options = EngineOptions(threads: 2, gemm: gemm, algorithm: algorithm, instructionSet: isa)
        options.countsOperations = true
        return try Engine(model, options: options).countOperations(try model.seededInputs(batch: batch))
    }

    /// Every step for itself, and the sum.
    private func check(_ counts: [Engine.StepCount], _ place: String) {
        for step in counts {
            #expect(step.executed.formulaMacs == step.directMacs, "\(place) \(step.name) (\(step.lowering))")
            #expect(
                step.executed.winogradMultiplications == step.winogradMultiplications,
                "\(place) \(step.name) (\(step.lowering))")
            #expect(step.isEqual)
        }
        #expect(counts.contains { $0.executed.calls > 0 })
    }

    @Test("an Inception module, every method of multiplying, every instruction set, two batches") func module() throws {
        let model = try Models.inception()
        for isa in InstructionSet.available {
            for batch in [1, 3] {
                for algorithm in ConvolutionAlgorithm.allCases {
                    check(try counts(model, algorithm, batch: batch, gemm: .packed, isa: isa), "\(isa) \(algorithm)")
                }
                for gemm in GemmChoice.allCases {
                    check(try counts(model, .direct, batch: batch, gemm: gemm, isa: isa), "\(isa) \(gemm)")
                }
            }
        }
    }

    @Test("Winograd's multiplications: tiles, positions, channels and filters, and the saving") func winograd() throws {
        let steps = try counts(Models.inception(), .winograd)
        let three = try #require(steps.first { $0.name == "inception_3a/3x3" })
        #expect(three.lowering.contains("F(4x4,3x3)") || three.lowering.contains("F(2x2,3x3)"))
        let (tiles, points) = three.lowering.contains("F(4x4") ? (16, 6) : (49, 4)
        #expect(three.executed.winogradMultiplications == tiles * points * points * 96 * 128)
        #expect(three.macCount == 14 * 14 * 9 * 96 * 128)
        #expect(three.executed.transformAdditions > 0)
        #expect(three.executed.macs == 0)
    }

    @Test("the zoo's networks, direct and by default", .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"))
    func zoo() throws {
        for name in ModelZoo.names {
            let model = Model(graph: try ModelZoo.graph(named: name, weights: .zeros))
            let expected = name == "alexnet" ? 724_406_816 : name == "googlenet" ? 1_582_671_872 : nil
            let direct = try counts(model, .direct)
            check(direct, name)
            let sum = direct.reduce(0) { $0 + $1.executed.formulaMacs }
            if let expected { #expect(sum == expected) }
            check(try counts(model, .auto), name)
        }
    }

    @Test(
        "the light models, direct", .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"),
        .enabled(if: TestData.has("onnx/light"), "\(TestData.absence)"))
    func light() throws {
        let files = TestData.files(under: "onnx/light", endings: ["onnx"])
        #expect(files.count == 9)
        for file in files {
            let model = try Model(contentsOf: URL(fileURLWithPath: file))
            check(try counts(model, .direct), model.source)
        }
    }

    @Test(
        "depthwise convolutions leave out the picture's border",
        .enabled(if: TestData.has(Models.mobileNet), "\(TestData.absence)"))
    func depthwise() throws {
        let steps = try counts(Models.read(Models.mobileNet), .direct)
        check(steps, "mobilenet")
        // 3x3 windows with a border of one at stride 2, padding only at the end, of 112 x 112: the last row and column
        // lose a third of their taps.
        let skipped = steps.filter { $0.executed.skippedMacs > 0 }
        #expect(!skipped.isEmpty)
        for step in skipped where step.lowering == "depthwise" {
            #expect(step.executed.macs + step.executed.skippedMacs == step.macCount)
        }
        #expect(steps.reduce(0) { $0 + $1.executed.formulaMacs } == 41_030_272)
    }

    @Test("an engine that was not asked to count says so") func refusal() throws {
        let engine = try Engine(Models.inception())
        #expect(throws: DeeperError.self) { try engine.countOperations(engine.model.seededInputs()) }
    }
}
