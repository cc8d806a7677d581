import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@testable import DeeperImport

/// Weights that stay in the file, against the decoder that reads everything.
@Suite struct ONNXOutlineTests {
    private static let model = "models/squeezenet_v1.1.onnx"

    @Test(
        "a model read by its outline equals the model read whole",
        .enabled(if: TestData.has(model), "\(TestData.absence)"))
    func equal() throws {
        let path = TestData.path(ONNXOutlineTests.model)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let outline = try #require(bytes.withUnsafeBytes { ONNXOutline(of: $0) })
        #expect(!outline.data.isEmpty)
        #expect(outline.model.count < bytes.count / 4)
        let lazily = try ONNXModel.graph(contentsOf: path)
        let whole = try bytes.withUnsafeBytes { try ONNXModel.graph($0) }
        #expect(lazily.nodes.count == whole.nodes.count)
        #expect(lazily.constants.count == whole.constants.count)
        for (value, tensor) in whole.constants {
            #expect(try #require(lazily.constants[value]).isIdentical(to: tensor))
        }
    }

    @Test("bytes that are no sequence of fields have no outline, at any length")
    func truncated() throws {
        // graph { initializer { raw_data (2 bytes) } } and a varint field.
        let bytes: [UInt8] = [0x3a, 6, 0x2a, 4, 0x4a, 2, 1, 2, 0x08, 0x96, 0x01]
        #expect(bytes.withUnsafeBytes { ONNXOutline(of: $0) }?.model == bytes)
        for count in 1..<bytes.count where count != 8 {
            #expect(bytes[..<count].withUnsafeBytes { ONNXOutline(of: $0) } == nil, "\(count) bytes")
        }
        for odd in [
            [0x3b, 0x3c], [0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], [0x3a, 0, 0x3a, 0], [0x08, 1],
        ]
            as [[UInt8]]
        { #expect(odd.withUnsafeBytes { ONNXOutline(of: $0) } == nil) }
    }

    @Test(
        "a file that is replaced does no harm; one that is overwritten or shortened gives an error",
        .enabled(if: TestData.has(model), "\(TestData.absence)"))
    func shortened() throws {
        let path = TestData.path(ONNXOutlineTests.model)
        try withTemporaryFolder { folder in
            let copy = folder + "/model.onnx"
            func largest(_ graph: Graph) throws -> Tensor {
                try #require(graph.constants.values.max { $0.byteCount < $1.byteCount })
            }
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            let kept = try largest(try ONNXModel.graph(contentsOf: copy))
            let before = try kept.elements(as: Float.self)
            try FileManager.default.removeItem(atPath: copy)
            #expect(try kept.elements(as: Float.self) == before)

            try FileManager.default.copyItem(atPath: path, toPath: copy)
            let changed = try largest(try ONNXModel.graph(contentsOf: copy))
            let other = try #require(FileHandle(forWritingAtPath: copy))
            try other.write(contentsOf: Data([0]))
            try other.close()
            #expect(throws: DeeperError.self) { try changed.elements(as: Float.self) }
            try FileManager.default.removeItem(atPath: copy)
            try FileManager.default.copyItem(atPath: path, toPath: copy)

            let lost = try largest(try ONNXModel.graph(contentsOf: copy))
            let handle = try #require(FileHandle(forWritingAtPath: copy))
            try handle.truncate(atOffset: 1000)
            try handle.close()
            let error = #expect(throws: DeeperError.self) { try lost.elements(as: Float.self) }
            #expect(error?.code == .invalidModel)
            #expect(error?.description.contains(copy) == true)
        }
    }
}
