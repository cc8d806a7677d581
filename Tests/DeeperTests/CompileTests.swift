import Deeper
import DeeperGraphs
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@testable import DeeperImport

/// Files that ``Engine/compile(for:to:)`` writes.
@Suite struct CompileTests {
    private static let packs = EngineOptions(gemm: .packed, instructionSet: InstructionSet.best)

    /// Compiles a model of the test data and calls `body` with the model and the file.
    private func withCompiled(
        _ path: String, _ options: EngineOptions = packs, _ body: (Model, String) throws -> Void
    ) throws {
        try withTemporaryFolder { folder in
            let model = try Models.read(path)
            let file = folder + "/model.deeper"
            try Engine(model, options: options).compile(for: try model.seededInputs(), to: file)
            try body(model, file)
        }
    }

    private func load(_ path: String) throws -> Model { try Model(contentsOf: URL(fileURLWithPath: path)) }

    @Test(
        "a compiled model gives the same bits, for any batch, also raw",
        .enabled(if: TestData.has(Models.squeezeNet), "\(TestData.absence)"),
        arguments: [Models.squeezeNet, Models.mobileNet, Models.resNet20], [true, false])
    func sameBits(path: String, isSimplified: Bool) throws {
        var options = CompileTests.packs
        options.optimizesGraph = isSimplified
        try withCompiled(path, options) { model, file in
            let compiled = try load(file)
            #expect(compiled.inputs.map(\.name) == model.inputs.map(\.name))
            let (engine, other) = (try Engine(model, options: options), try Engine(compiled, options: options))
            for batch in [1, 3] {
                let inputs = try model.seededInputs(batch: batch, seed: 5)
                let (expected, actual) = (try engine.runBlocking(inputs), try other.runBlocking(inputs))
                for (name, tensor) in expected {
                    #expect(try #require(actual[name]).isIdentical(to: tensor), "\(name), batch \(batch)")
                }
            }
        }
    }

    @Test(
        "other options than it was compiled for are refused",
        .enabled(if: TestData.has(Models.resNet20), "\(TestData.absence)"))
    func otherOptions() throws {
        try withCompiled(Models.resNet20) { _, file in
            let compiled = try load(file)
            var wrong = [EngineOptions(gemm: .packed, algorithm: .direct), EngineOptions(gemm: .reference)]
            wrong.append(EngineOptions(gemm: .packed, optimizesGraph: false))
            if InstructionSet.available.count > 1 {
                wrong.append(EngineOptions(gemm: .packed, instructionSet: .portable))
            }
            for options in wrong {
                let error = #expect(throws: DeeperError.self) { try Engine(compiled, options: options) }
                #expect(error?.code == .unsupported)
                #expect(error?.description.contains(file) == true)
                #expect(error?.description.contains(InstructionSet.best.rawValue) == true)
            }
        }
    }

    @Test(
        "another instruction set is named and refused",
        .enabled(if: TestData.has(Models.resNet20), "\(TestData.absence)"))
    func otherInstructionSet() throws {
        try withCompiled(Models.resNet20) { _, file in
            var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            let own = Data("\"\(InstructionSet.best.rawValue)\"".utf8)
            // The same length, and the checksum of the header made anew by the writer's own rule.
            let place = try #require(bytes.range(of: own))
            bytes.replaceSubrange(
                place, with: Data(("\"sve" + String(repeating: " ", count: own.count - 5) + "\"").utf8))
            let length = Int(bytes[8]) | Int(bytes[9]) << 8 | Int(bytes[10]) << 16
            let sum = checksum(of: [UInt8](bytes[24..<24 + length]))
            for index in 0..<8 { bytes[16 + index] = UInt8(truncatingIfNeeded: sum >> (index * 8)) }
            try bytes.write(to: URL(fileURLWithPath: file))
            let error = #expect(throws: DeeperError.self) { try Engine(try load(file), options: CompileTests.packs) }
            #expect(error?.code == .unsupported)
            #expect(error?.description.contains("compiled for sve") == true)
        }
    }

    @Test(
        "a cut or damaged file is refused before anything is computed, wherever it is damaged",
        .enabled(if: TestData.has(Models.resNet20), "\(TestData.absence)"))
    func damaged() throws {
        try withCompiled(Models.resNet20) { _, file in
            let url = URL(fileURLWithPath: file)
            let bytes = try Data(contentsOf: url)
            func expectRefusal(_ change: Data, _ comment: String) throws {
                try change.write(to: url)
                // Weights are checked when the first plan wants them.
                let error = #expect(throws: DeeperError.self, "\(comment)") {
                    let engine = try Engine(try load(file), options: CompileTests.packs)
                    return try engine.plan(for: engine.model.seededInputs())
                }
                #expect(error?.code == .invalidModel, "\(comment)")
                #expect(error?.description.contains(file) == true)
            }
            for count in [0, 7, 8, 20, 24, 100, bytes.count / 2, bytes.count - 64] {
                try expectRefusal(bytes.prefix(count), "\(count) bytes")
            }
            var generator = SeededGenerator(seed: 3)
            let length = Int(bytes[8]) | Int(bytes[9]) << 8 | Int(bytes[10]) << 16
            let sections = (24 + length + 63) / 64 * 64
            for place in [0, 8, 13, 16, 24] + (0..<20).map({ _ in Int.random(in: 24..<bytes.count, using: &generator) })
            {
                var change = bytes
                change[place] ^= 0x10
                // Gaps between sections belong to nobody.
                if place >= sections, bytes[place] == 0 { continue }
                try expectRefusal(change, "byte \(place)")
            }
        }
    }

    @Test("a compiled file cannot be written as ONNX, since it holds packed weights only") func written() throws {
        try withTemporaryFolder { folder in
            try Models.inception().write(to: folder + "/a.onnx")
            let engine = try Engine(try load(folder + "/a.onnx"), options: CompileTests.packs)
            try engine.compile(for: engine.model.seededInputs(), to: folder + "/a.deeper")
            let compiled = try load(folder + "/a.deeper")
            let error = #expect(throws: DeeperError.self) { try compiled.write(to: folder + "/b.onnx") }
            #expect(
                error?.code == .unsupported && error?.description.contains("a.deeper: the file is compiled") == true)
            #expect(!FileManager.default.fileExists(atPath: folder + "/b.onnx"))
        }
    }

    @Test("a copied file may be overwritten and shortened") func copied() throws {
        try withTemporaryFolder { folder in
            try Models.inception().write(to: folder + "/a.onnx")
            let engine = try Engine(try load(folder + "/a.onnx"), options: CompileTests.packs)
            let inputs = try engine.model.seededInputs()
            try engine.compile(for: inputs, to: folder + "/a.deeper")
            let url = URL(fileURLWithPath: folder + "/a.deeper")
            let model = try Model(contentsOf: url, copiesCompiled: true)
            let handle = try FileHandle(forWritingTo: url)
            let byteCount = Int(try handle.seekToEnd())
            try handle.seek(toOffset: 0)
            try handle.write(contentsOf: Data(repeating: 0xFF, count: byteCount))
            try handle.truncate(atOffset: 100)
            try handle.close()
            // Only now the weights are compared with their checksums, and read.
            let (expected, found) = (
                try engine.runBlocking(inputs), try Engine(model, options: CompileTests.packs).runBlocking(inputs)
            )
            for (name, tensor) in expected { #expect(try found[name]?.isIdentical(to: tensor) == true) }
        }
    }

    /// Reads a model of one node chain from bytes that a builder's graph was written to.
    private func expectSameBits(_ graph: Graph, _ inputs: [String: Tensor], in folder: String) throws {
        try ONNXModel.write(graph, to: folder + "/a.onnx")
        let engine = try Engine(try load(folder + "/a.onnx"), options: CompileTests.packs)
        let expected = try engine.runBlocking(inputs)
        try engine.compile(for: inputs, to: folder + "/a.deeper")
        let found = try Engine(try load(folder + "/a.deeper"), options: CompileTests.packs).runBlocking(inputs)
        #expect(found.count == expected.count)
        for (name, tensor) in expected { #expect(try found[name]?.isIdentical(to: tensor) == true) }
    }

    @Test("16-bit inputs and outputs keep their type", arguments: [ElementType.float16, .bfloat16])
    func half(type: ElementType) throws {
        try withTemporaryFolder { folder in
            var builder = GraphBuilder(name: "half")
            let x = builder.input("x", DeclaredType(type, [.symbol("N"), .fixed(4)]))
            let sum = try builder.node("Add", "sum", [x, x])
            let y = try builder.node("Relu", "y", [sum])
            builder.output(y)
            var graph = builder.graph
            graph.declaredOutputs[y] = DeclaredType(type, [.symbol("N"), .fixed(4)])
            let given = try Tensor([1, -2, 0.5, 3] as [Float], shape: [1, 4]).converted(to: type)
            try expectSameBits(graph, ["x": given], in: folder)
        }
    }

    @Test("constants that nobody reads, and large ones of bools, do not matter") func constants() throws {
        try withTemporaryFolder { folder in
            var builder = GraphBuilder(name: "constants")
            let count = 1 << 17
            let x = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(count)]))
            let mask = builder.constant("mask", try Tensor((0..<count).map { $0 % 3 == 0 }, shape: [1, count]))
            let spare = builder.constant("spare", try Tensor([1, 2] as [Float], shape: [2]))
            builder.output(try builder.node("Where", "y", [mask, x, try builder.node("Neg", "neg", [x])]))
            var graph = builder.graph
            graph.inputs.append(GraphInput(value: spare, type: DeclaredType(.float32, [.fixed(2)])))
            let model = Model(graph: graph)
            let given = try Tensor((0..<count).map { Float($0) }, shape: [1, count])
            let engine = try Engine(model, options: CompileTests.packs)
            try engine.compile(for: ["x": given], to: folder + "/a.deeper")
            let other = try Engine(try load(folder + "/a.deeper"), options: CompileTests.packs)
            #expect(
                try other.runBlocking(["x": given])["y"]?.isIdentical(
                    to: try #require(engine.runBlocking(["x": given])["y"])) == true)
        }
    }

    @Test("a model that a program built can be compiled, a compiled one cannot") func built() throws {
        try withTemporaryFolder { folder in
            let model = try Models.inception()
            let engine = try Engine(model, options: CompileTests.packs)
            let inputs = try model.seededInputs()
            try engine.compile(for: inputs, to: folder + "/a.deeper")
            let other = try Engine(try load(folder + "/a.deeper"), options: CompileTests.packs)
            let (expected, found) = (try engine.runBlocking(inputs), try other.runBlocking(inputs))
            for (name, tensor) in expected { #expect(try found[name]?.isIdentical(to: tensor) == true) }
            let error = #expect(throws: DeeperError.self) { try other.compile(for: inputs, to: folder + "/b.deeper") }
            #expect(error?.code == .unsupported && error?.message.contains("compiled already") == true)
        }
    }
}
