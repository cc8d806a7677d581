import DeeperImport
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@Suite("single tensors as ONNX stores them") struct ONNXTensorTests {
    private func read(_ bytes: [UInt8]) throws -> Tensor {
        try withTemporaryFolder { folder in
            let path = folder + "/x.pb"
            try Data(bytes).write(to: URL(filePath: path))
            return try ONNXTensorFile.read(path: path)
        }
    }

    /// A TensorProto of type `code`, shape [2] and name "x", as onnx.helper.make_tensor (typed numbers) and
    /// onnx.numpy_helper.from_array (raw ones) serialise it.
    private func expect<Element: TensorElement & Equatable>(
        _ elements: [Element], _ code: UInt8, typedFirst: [UInt8] = [], typedLast: [UInt8] = [], raw: [UInt8]
    ) throws {
        let (start, name): ([UInt8], [UInt8]) = ([0x08, 2, 0x10, code], [0x42, 1, 0x78])
        for bytes in [start + typedFirst + name + typedLast, start + name + raw] {
            let tensor = try read(bytes)
            #expect(tensor.shape == [2])
            #expect(try tensor.elements(as: Element.self) == elements)
        }
        try withTemporaryFolder { folder in
            try ONNXTensorFile.write(Tensor(elements, shape: [2]), name: "x", to: folder + "/y.pb")
            #expect(try ONNXTensorFile.read(path: folder + "/y.pb").elements(as: Element.self) == elements)
        }
    }

    @Test("integers of 16 bits lie in int32_data, or are raw") func sixteenBits() throws {
        try expect(
            [.min, 300] as [Int16], 5,
            typedFirst: [0x2a, 12, 0x80, 0x80, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0xac, 0x02],
            raw: [0x4a, 4, 0x00, 0x80, 0x2c, 0x01])
        try expect(
            [.max, 300] as [UInt16], 4, typedFirst: [0x2a, 5, 0xff, 0xff, 0x03, 0xac, 0x02],
            raw: [0x4a, 4, 0xff, 0xff, 0x2c, 0x01])
    }

    @Test("unsigned integers of 32 and 64 bits lie in uint64_data, or are raw") func unsigned() throws {
        try expect(
            [.max, 300] as [UInt32], 12, typedLast: [0x5a, 7, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xac, 0x02],
            raw: [0x4a, 8, 0xff, 0xff, 0xff, 0xff, 0x2c, 0x01, 0, 0])
        try expect(
            [.max, 300] as [UInt64], 13,
            typedLast: [0x5a, 12] + [UInt8](repeating: 0xff, count: 9) + [0x01, 0xac, 0x02],
            raw: [0x4a, 16] + [UInt8](repeating: 0xff, count: 8) + [0x2c, 0x01, 0, 0, 0, 0, 0, 0])
    }

    @Test("numbers in the field of another type are refused") func wrongField() throws {
        // The bytes of a uint32 tensor, its type changed to uint16: int32_data is empty then.
        let bytes: [UInt8] = [0x08, 2, 0x10, 4, 0x5a, 7, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xac, 0x02]
        #expect(try errorCode { _ = try read(bytes) } == .invalidModel)
    }
}
