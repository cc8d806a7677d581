import Deeper
import DeeperExecution
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// Measured choices: ``Engine/tune(_:options:for:rounds:progress:)``, their file, and engines that follow them.
@Suite struct TuningTests {
    private static let packs = EngineOptions(gemm: .packed, instructionSet: InstructionSet.best)

    private func shapes(_ engine: Engine, _ inputs: [String: Tensor]) throws -> [ConvolutionShape] {
        try engine.plan(for: inputs).steps.flatMap(\.kernel.parts).compactMap(\.report.convolution).filter {
            !$0.isDepthwise
        }
    }

    /// Every convolution with one method, where it applies.
    private func forced(_ method: ConvolutionMethod, _ model: Model) throws -> EngineOptions {
        let engine = try Engine(model, options: TuningTests.packs)
        let shapes = try shapes(engine, model.seededInputs()).filter { method.applies(to: $0) }
        var options = TuningTests.packs
        options.tuning = Tuning(
            .best,
            entries: Dictionary(
                shapes.map { ($0.geometry, Tuning.Entry(method)) }, uniquingKeysWith: { first, _ in first }))
        return options
    }

    @Test("every method is measured where it applies, and the fastest chosen or the estimate kept") func tune() throws {
        let model = try Models.inception()
        let inputs = try model.seededInputs()
        var steps: [TuningProgress] = []
        let tuning = try Engine.tune(model, options: TuningTests.packs, for: inputs, rounds: 2) {
            steps.append($0)
        }
        #expect(tuning.instructionSet == .best)
        let own = try Engine(model, options: TuningTests.packs).plan(for: inputs).steps.map(\.kernel).filter {
            $0.parts.count == 1
        }.compactMap(\.report.convolution)
        #expect(Set(tuning.entries.keys) == Set(own.map(\.geometry)))
        for shape in own {
            let entry = try #require(tuning.entries[shape.geometry])
            #expect(Set(entry.microseconds.keys) == Set(ConvolutionMethod.all.filter { $0.applies(to: shape) }))
            #expect(entry.microseconds.values.allSatisfy { $0 > 0 })
            let time = try #require(entry.microseconds[entry.method])
            let usual = try #require(entry.microseconds[.estimated(for: shape, .auto)])
            let least = try #require(entry.microseconds.values.min())
            #expect(time == least && time < 0.97 * usual || time == usual && least >= 0.97 * usual)
        }
        #expect(steps.map(\.finishedRuns) == Array(0..<steps.count))
        #expect(Set(steps.map(\.totalRuns)) == [steps.count])
        #expect(Set(steps.map(\.method)).isSubset(of: ConvolutionMethod.all.map(\.name)))
    }

    @Test("each method is used and gives the same answer; the same bits for any threads and batch")
    func methods() throws {
        let model = try Models.inception()
        let (name, output) = (model.inputs[0].name, model.outputNames[0])
        let batch = try model.seededInputs(batch: 3)
        let image = [name: try Models.image(1, of: try #require(batch[name]))]
        let expected = try #require(try Engine(model, options: TuningTests.packs).runBlocking(image)[output]).doubles()
        for method in ConvolutionMethod.all {
            var options = try forced(method, model)
            let engine = try Engine(model, options: options)
            let kernels = try engine.plan(for: image).steps.flatMap(\.kernel.parts).filter {
                $0.report.convolution != nil
            }
            for kernel in kernels {
                let shape = try #require(kernel.report.convolution)
                guard method.applies(to: shape) else { continue }
                let isTaken =
                    switch method {
                    case .direct: kernel is PackedConvolutionKernel
                    case .winograd(let form): kernel.report.lowering.contains(form.rawValue)
                    case .gemm: kernel is GemmConvolutionKernel
                    }
                #expect(isTaken, "\(method.name): \(shape.geometry) by \(kernel.report.lowering)")
                #expect(kernel.report.reason?.hasPrefix("tuned") == true)
            }
            let answer = try #require(try engine.runBlocking(image)[output])
            let largest = expected.map(abs).max() ?? 0
            #expect(try zip(answer.doubles(), expected).allSatisfy { abs($0 - $1) <= 1e-4 * largest }, "\(method.name)")
            options.threads = 2
            let all = try #require(try Engine(model, options: options).runBlocking(batch)[output])
            #expect(try Models.image(1, of: all).isIdentical(to: answer), "\(method.name)")
        }
    }

    @Test("a file gives back what was written") func file() throws {
        try withTemporaryFolder { folder in
            let url = URL(fileURLWithPath: folder + "/model.plan")
            func geometry(_ text: String) throws -> ConvolutionGeometry { try #require(ConvolutionGeometry(text)) }
            let tuning = Tuning(
                .best,
                entries: [
                    try geometry("3x8x9 to 4x8x9, 1x1"): .init(.gemm, microseconds: [.gemm: 12.5, .direct: 20]),
                    try geometry("16x28x28 to 32x28x28, 5x5, pad 2x2"): .init(.winograd(.f2x5)),
                    try geometry("96x27x27 to 256x14x14, 5x5, stride 2x2, dilation 1x2, pad 2x2, groups 2"):
                        .init(.direct),
                ])
            try tuning.write(to: url)
            #expect(try Tuning(contentsOf: url) == tuning)
        }
    }

    @Test(
        "files that are none, or for others, are refused with their name",
        arguments: [
            ("", DeeperError.Code.invalidInput, "not written by deeper tune"), ("[1, 2]", .invalidInput, "not written"),
            (#"{"format": "other", "version": 1, "isa": "avx2", "convolutions": []}"#, .invalidInput, "not written"),
            (#"{"format": "deeper plan", "version": 9, "isa": "avx2", "convolutions": []}"#, .unsupported, "version 9"),
            (#"{"format": "deeper plan", "version": 1, "isa": "sve", "convolutions": []}"#, .unsupported, "\"sve\""),
            (
                #"{"format": "deeper plan", "version": 1, "isa": "avx2", "convolutions": [{"geometry": "3x8x9 to 4x8x9, 1x1", "method": "fast", "microseconds": {}}]}"#,
                .invalidInput, "convolution \"3x8x9 to 4x8x9, 1x1\""
            ),
            (
                #"{"format": "deeper plan", "version": 1, "isa": "avx2", "convolutions": [{"geometry": "3x8x9 to 4x8x9, 1x1", "method": "direct", "microseconds": {"direct": -1}}]}"#,
                .invalidInput, "-1.0 microseconds"
            ),
            (
                #"{"format": "deeper plan", "version": 1, "isa": "avx2", "convolutions": [{"geometry": "3x8x9 to 4", "method": "direct", "microseconds": {}}]}"#,
                .invalidInput, "\"3x8x9 to 4\" describes no convolution"
            ),
        ])
    func badFiles(text: String, code: DeeperError.Code, message: String) throws {
        try withTemporaryFolder { folder in
            let path = folder + "/bad.plan"
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: DeeperError.self) { try Tuning(contentsOf: URL(fileURLWithPath: path)) }
            #expect(error?.code == code)
            #expect(error?.description.contains(path) == true && error?.description.contains(message) == true)
        }
        let absent = #expect(throws: DeeperError.self) { try Tuning(contentsOf: URL(fileURLWithPath: "/absent.plan")) }
        #expect(absent?.code == .fileNotFound)
    }

    @Test("options that leave no choice, and another instruction set, are refused") func options() throws {
        let model = try Models.inception()
        let tuning = Tuning(.best)
        for options in [
            EngineOptions(gemm: .openblas, tuning: tuning),
            EngineOptions(gemm: .packed, algorithm: .direct, tuning: tuning),
        ] {
            let error = #expect(throws: DeeperError.self) { try Engine(model, options: options) }
            #expect(error?.code == .invalidInput)
            let other = #expect(throws: DeeperError.self) {
                try Engine.tune(model, options: options, for: try model.seededInputs(), rounds: 1)
            }
            #expect(other?.code == .invalidInput)
        }
        guard let other = InstructionSet.available.first(where: { $0 != .best }) else { return }
        let error = #expect(throws: DeeperError.self) {
            try Engine(model, options: EngineOptions(gemm: .packed, tuning: Tuning(other)))
        }
        #expect(error?.description.contains("tuned for \(other.rawValue)") == true)
    }

    @Test(
        "a compiled file brings its choices along, and refuses others",
        .enabled(if: TestData.has(Models.resNet20), "\(TestData.absence)"))
    func compiled() throws {
        try withTemporaryFolder { folder in
            let model = try Models.read(Models.resNet20)
            let options = try forced(.winograd(.f4x3), model)
            let engine = try Engine(model, options: options)
            let inputs = try model.seededInputs()
            let path = folder + "/model.deeper"
            try engine.compile(for: inputs, to: path)
            let compiled = try Engine(
                try Model(contentsOf: URL(fileURLWithPath: path)), options: TuningTests.packs)
            #expect(compiled.options.tuning?.entries.count == options.tuning?.entries.count)
            for (name, tensor) in try engine.runBlocking(inputs) {
                #expect(try #require(try compiled.runBlocking(inputs)[name]).isIdentical(to: tensor))
            }
            var others = TuningTests.packs
            others.tuning = Tuning(.best)
            let error = #expect(throws: DeeperError.self) {
                try Engine(try Model(contentsOf: URL(fileURLWithPath: path)), options: others)
            }
            #expect(error?.code == .unsupported)
        }
    }
}
