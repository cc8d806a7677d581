import DeeperImport
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@Suite struct SafetensorsWriterTests {
    @Test("what is written is read back: names, shapes, numbers, texts")
    func roundTrip() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.safetensors"
            let floats = try Tensor([1.5, -2, 65504, 1e-3] as [Float], shape: [2, 2])
            let integers = try Tensor([7, -9] as [Int64], shape: [2])
            let unsigned = try Tensor([.max, 1] as [UInt64], shape: [2])
            let short = try Tensor([.min, .max] as [Int16], shape: [2])
            try SafetensorsFile.write(
                [
                    ("w \"x\"", floats), ("n", integers), ("u", unsigned), ("s", short),
                    ("empty", try Tensor([] as [Float], shape: [0, 3])),
                ], metadata: ["a\nb": "c\\d"], to: path)
            let file = try SafetensorsFile(path: path)
            #expect(file.metadata == ["a\nb": "c\\d"])
            #expect(try file.tensor(named: "w \"x\"").bytes() == floats.bytes())
            #expect(try file.tensor(named: "n").integers() == [7, -9])
            #expect(try file.tensor(named: "u").isIdentical(to: unsigned))
            #expect(try file.tensor(named: "s").isIdentical(to: short))
            #expect(file.entry(named: "empty")?.dimensions == [0, 3])
        }
    }

    @Test("float16 is rounded to nearest; what it has not is refused and nothing replaced")
    func halves() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.safetensors"
            try SafetensorsFile.write(
                [("w", try Tensor([1, 0.1] as [Float], shape: [2]))], halvesFloats: true, to: path)
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            let file = try SafetensorsFile(path: path)
            #expect(file.entry(named: "w")?.byteCount == 4)
            #expect(try file.tensor(named: "w").elements(as: Float.self) == [1, Float(Float16(0.1))])
            #expect(throws: DeeperError.self) {
                try SafetensorsFile.write(
                    [("w", try Tensor([1e6] as [Float], shape: [1]))], halvesFloats: true, to: path)
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
        }
    }

    @Test("16-bit tensors keep their bits in a file, and are read as float32")
    func sixteenBits() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.safetensors"
            let wide = try Tensor([1, -2.5, 0x1p-24] as [Float], shape: [3])
            try SafetensorsFile.write(
                [("f", try wide.converted(to: .float16)), ("b", try wide.converted(to: .bfloat16))], to: path)
            let file = try SafetensorsFile(path: path)
            #expect(file.entry(named: "f")?.elementType == .float16 && file.entry(named: "f")?.byteCount == 6)
            #expect(file.entry(named: "b")?.elementType == .bfloat16)
            #expect(try file.tensor(named: "f").elements(as: Float.self) == [1, -2.5, 0x1p-24])
            #expect(try file.tensor(named: "b").elements(as: Float.self) == [1, -2.5, 0x1p-24])
        }
    }

    @Test func twoOfOneName() throws {
        try withTemporaryFolder { folder in
            let tensor = try Tensor([1] as [Float], shape: [1])
            #expect(throws: DeeperError.self) {
                try SafetensorsFile.write([("a", tensor), ("a", tensor)], to: "\(folder)/x")
            }
        }
    }
}
