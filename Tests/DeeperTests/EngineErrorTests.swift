import Deeper
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// Every wrong call gets an error of its kind that names what was expected.
struct EngineErrorTests {
    private func failure(_ inputs: [String: Tensor], options: EngineOptions = .init()) throws -> DeeperError? {
        let engine = try Engine(try Models.inception(), options: options)
        do {
            _ = try engine.runBlocking(inputs)
            return nil
        } catch let error as DeeperError {
            return error
        }
    }

    private func tensor(_ shape: Shape, _ type: ElementType = .float32) throws -> Tensor {
        try Tensor(type, shape: shape)
    }

    @Test("a missing input is named with its type")
    func missing() throws {
        let error = try #require(try failure([:]))
        #expect(error.code == .invalidInput)
        #expect("\(error)".contains("data") && "\(error)".contains("192"))
    }

    @Test("an unknown input is refused and the known ones are listed")
    func unknown() throws {
        let error = try #require(try failure(["image": try tensor([1, 192, 14, 14])]))
        #expect(error.code == .invalidInput)
        #expect("\(error)".contains("\"image\"") && "\(error)".contains("data"))
    }

    @Test("wrong channels, rank and element type are refused")
    func mismatches() throws {
        for wrong in [
            try tensor([1, 191, 14, 14]), try tensor([192, 14, 14]), try tensor([1, 192, 14, 14], .float64),
        ] {
            #expect(try failure(["data": wrong])?.code == .invalidInput)
        }
    }

    @Test("a plan beyond the memory limit is refused before anything is reserved")
    func memory() throws {
        let error = try failure(["data": try tensor([1, 192, 14, 14])], options: .init(memoryLimitBytes: 1 << 19))
        #expect(error?.code == .limitExceeded)
    }

    @Test("invalid options are refused", arguments: [0, -1, 5000])
    func options(threads: Int) throws {
        #expect(
            try errorCode { _ = try Engine(try Models.inception(), options: .init(threads: threads)) } == .invalidInput)
    }

    @Test("a missing file is fileNotFound and named")
    func file() throws {
        let error = #expect(throws: DeeperError.self) { try Model(contentsOf: URL(fileURLWithPath: "/no/such.onnx")) }
        #expect(error?.code == .fileNotFound)
        #expect("\(try #require(error))".contains("/no/such.onnx"))
    }

    @Test("an empty batch gives an empty answer")
    func emptyBatch() throws {
        let model = try Models.inception()
        let output = try Engine(model).runBlocking(["data": try tensor([0, 192, 14, 14])])[model.outputNames[0]]
        #expect(output?.shape.dimensions == [0, 256, 14, 14])
    }
}
