import DeeperTensors
import Testing

@Suite("typed access to a tensor's elements")
struct TensorElementTests {
    private let matrix = try? Tensor((0..<6).map(Float.init), shape: [2, 3])

    @Test("a span shows the elements without a copy, of the tensor's own type only") func span() throws {
        let tensor = try #require(matrix)
        let sum = try tensor.withSpan(of: Float.self) { span in span.indices.reduce(0) { $0 + span[$1] } }
        #expect(sum == 15)
        let error = #expect(throws: DeeperError.self) { try tensor.withSpan(of: Int32.self) { $0.count } }
        #expect(error?.code == .invalidInput)
        #expect(try Tensor([Float](), shape: [0, 3]).withSpan(of: Float.self) { $0.count } == 0)
    }

    @Test("writing to a span leaves copies as they were") func mutableSpan() throws {
        let tensor = try #require(matrix)
        var copy = tensor
        try copy.withMutableSpan(of: Float.self) { $0[4] = 40 }
        #expect(try copy[1, 1] == 40 as Float)
        #expect(try tensor[1, 1] == 4 as Float)
    }

    @Test("writing to a tensor that views other memory leaves that memory as it was") func borrowed() throws {
        let owner = try AlignedStorage(byteCount: 64)
        owner.mutableBytes.storeBytes(of: 7, as: Float.self)
        let bytes = UnsafeRawBufferPointer(owner.mutableBytes)
        var tensor = Tensor(.float32, shape: [16], reading: bytes, of: owner)
        try tensor.withMutableSpan(of: Float.self) { $0[0] = 9 }
        #expect(bytes.load(as: Float.self) == 7)
        #expect(try tensor[0] == 9 as Float)
    }

    @Test("an element is found by its position along each axis") func subscripts() throws {
        let tensor = try Tensor((0..<24).map(Int64.init), shape: [2, 3, 4])
        for a in 0..<2 {
            for b in 0..<3 { for c in 0..<4 { #expect(try tensor[a, b, c] == Int64(12 * a + 4 * b + c)) } }
        }
        #expect(try Tensor(scalar: true)[] as Bool)
        #expect(throws: DeeperError.self) { try tensor[0, 0, 0] as Float }
    }

    @Test("argmax takes the first of equal elements and numbers before NaN") func argmax() throws {
        #expect(try Tensor([1, 3, 3, 2] as [Float], shape: [4]).argmax() == 1)
        #expect(try Tensor([.nan, -.infinity, 7] as [Float], shape: [3]).argmax() == 2)
        #expect(try Tensor([.nan, .nan] as [Float], shape: [2]).argmax() == 0)
        #expect(try Tensor([Float](), shape: [0]).argmax() == nil)
        #expect(try Tensor([-5, -3, -9] as [Int8], shape: [3]).argmax() == 1)
    }

    @Test("argmax along an axis gives a position for each place of the others") func argmaxOfAxis() throws {
        let tensor = try Tensor([0, 5, 2, 9, 1, 3] as [Float], shape: [2, 3])
        #expect(try tensor.argmax(axis: 1) == [1, 0])
        #expect(try tensor.argmax(axis: -1) == [1, 0])
        #expect(try tensor.argmax(axis: 0) == [1, 0, 1])
        let cube = try Tensor([1, 2, 8, 7, 3, 4, 5, 6] as [Int32], shape: [2, 2, 2])
        #expect(try cube.argmax(axis: 1) == [1, 1, 1, 1])
        #expect(throws: DeeperError.self) { try Tensor([Float](), shape: [2, 0]).argmax(axis: 1) }
    }

    @Test("the description shows type, shape and the first elements") func description() throws {
        #expect("\(try #require(matrix))" == "float32[2, 3] [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]")
        let long = try Tensor((0..<20).map(UInt8.init), shape: [20])
        #expect("\(long)" == "uint8[20] [0, 1, 2, 3, 4, 5, 6, 7, ...]")
        #expect("\(try Tensor([true, false], shape: [2]))" == "bool[2] [true, false]")
        #expect("\(try Tensor([UInt64.max], shape: [1]))" == "uint64[1] [18446744073709551615]")
    }
}
