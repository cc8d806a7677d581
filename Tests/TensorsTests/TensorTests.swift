import DeeperTensors
import DeeperTestSupport
import Testing

@Suite struct TensorTests {
    @Test("elements come back as they were given, in every element type")
    func everyElementType() throws {
        func expectRoundTrip<Element: TensorElement & Equatable>(_ elements: [Element]) throws {
            let tensor = try Tensor(elements, shape: [elements.count])
            #expect(tensor.elementType == Element.elementType)
            #expect(tensor.byteCount == elements.count * Element.elementType.byteCount)
            #expect(MemoryLayout<Element>.stride == Element.elementType.byteCount)
            #expect(try tensor.elements(as: Element.self) == elements)
        }
        try expectRoundTrip([1.5, -.infinity, 0x1p-149] as [Float])
        try expectRoundTrip([.pi, .greatestFiniteMagnitude] as [Double])
        try expectRoundTrip([.min, -1, .max] as [Int8])
        try expectRoundTrip([.min, .max] as [UInt8])
        try expectRoundTrip([.min, -1, .max] as [Int16])
        try expectRoundTrip([.min, .max] as [UInt16])
        try expectRoundTrip([.min, .max] as [Int32])
        try expectRoundTrip([.min, .max] as [UInt32])
        try expectRoundTrip([.min, .max] as [Int64])
        try expectRoundTrip([.min, .max] as [UInt64])
        try expectRoundTrip([true, false, true] as [Bool])
    }

    @Test("elements that are not given are zero")
    func zeroed() throws {
        #expect(try Tensor(.float32, shape: [1000]).elements(as: Float.self) == [Float](repeating: 0, count: 1000))
        #expect(try Tensor(.int64, shape: []).integers() == [0])
        #expect(try Tensor(.float32, shape: [4, 0]).elements(as: Float.self).isEmpty)
    }

    @Test("the wrong number of elements is refused", arguments: [0, 5, 7])
    func wrongCount(count: Int) throws {
        let elements = [Float](repeating: 1, count: count)
        #expect(try errorCode { _ = try Tensor(elements, shape: [2, 3]) } == .invalidInput)
    }

    @Test("a tensor that no memory can hold is refused, not trapped on")
    func tooLarge() throws {
        #expect(try errorCode { _ = try Tensor(.int64, shape: [.max / 64]) } == .limitExceeded)
    }

    @Test("a tensor is read as its own type only", arguments: ElementType.allCases)
    func wrongType(type: ElementType) throws {
        let tensor = try Tensor(type, shape: [2])
        #expect(try (errorCode { _ = try tensor.elements(as: Float.self) } == nil) == (type == .float32))
        #expect(try (errorCode { _ = try tensor.elements(as: Int64.self) } == nil) == (type == .int64))
        #expect(try (errorCode { _ = try tensor.elements(as: Int8.self) } == nil) == (type == .int8))
        #expect(try (errorCode { _ = try tensor.elements(as: UInt8.self) } == nil) == (type == .uint8))
        #expect(try (errorCode { _ = try tensor.integers() } == .invalidInput) == type.isFloatingPoint)
        #expect(try tensor.doubles() == [0, 0])
    }

    @Test("integers and doubles keep sign and magnitude")
    func widening() throws {
        #expect(try Tensor([-128, 127] as [Int8], shape: [2]).integers() == [-128, 127])
        #expect(try Tensor([200] as [UInt8], shape: [1]).integers() == [200])
        #expect(try Tensor([.min, .max] as [Int16], shape: [2]).integers() == [-32_768, 32_767])
        #expect(try Tensor([65_535] as [UInt16], shape: [1]).integers() == [65_535])
        #expect(try Tensor([.max] as [UInt32], shape: [1]).integers() == [4_294_967_295])
        #expect(try Tensor([.min, .max] as [Int64], shape: [2]).integers() == [.min, .max])
        #expect(try Tensor([UInt64(Int.max)], shape: [1]).integers() == [.max])
        #expect(try errorCode { _ = try Tensor([UInt64(Int.max) + 1], shape: [1]).integers() } == .invalidInput)
        #expect(try Tensor([true, false] as [Bool], shape: [2]).integers() == [1, 0])
        #expect(try Tensor([true, false] as [Bool], shape: [2]).doubles() == [1, 0])
        #expect(try Tensor([200] as [UInt8], shape: [1]).doubles() == [200])
        #expect(try Tensor([.min, .max] as [Int16], shape: [2]).doubles() == [-32_768, 32_767])
        #expect(try Tensor([65_535] as [UInt16], shape: [1]).doubles() == [65_535])
        #expect(try Tensor([.max] as [UInt32], shape: [1]).doubles() == [4_294_967_295])
        #expect(try Tensor([1 << 63, .max] as [UInt64], shape: [2]).doubles() == [0x1p63, 0x1p64])
        #expect(try Tensor([0.1] as [Float], shape: [1]).doubles() == [Double(Float(0.1))])
    }

    @Test("a copy keeps its elements when the other one is written")
    func copyOnWrite() throws {
        var first = try Tensor([1, 2, 3] as [Float], shape: [3])
        let copy = first
        let reshaped = try first.reshaped([3, 1])
        try first.withUnsafeMutableBytes { $0.storeBytes(of: 9, toByteOffset: 4, as: Float.self) }
        #expect(try first.elements(as: Float.self) == [1, 9, 3])
        #expect(try copy.elements(as: Float.self) == [1, 2, 3])
        #expect(try reshaped.elements(as: Float.self) == [1, 2, 3])
    }

    @Test("copies share memory until one is written; a tensor that is not shared is written in place")
    func sharing() throws {
        func address(_ tensor: Tensor) throws -> UnsafeRawPointer? { try tensor.withUnsafeBytes { $0.baseAddress } }
        var first = try Tensor([1, 2] as [Float], shape: [2])
        let before = try address(first)
        try first.withUnsafeMutableBytes { $0[0] = 1 }
        #expect(try address(first) == before)
        let copy = first
        #expect(try address(copy) == before)
        try first.withUnsafeMutableBytes { $0[0] = 2 }
        #expect(try address(first) != before)
        #expect(try address(copy) == before)
    }

    @Test("reshaping keeps elements and order and refuses another count")
    func reshaping() throws {
        let tensor = try Tensor(Array(0..<6) as [Int64], shape: [2, 3])
        let other = try tensor.reshaped([3, 1, 2])
        #expect(other.shape == [3, 1, 2])
        #expect(try other.integers() == Array(0..<6))
        #expect(try Tensor([7] as [Int64], shape: [1]).reshaped([]).integers() == [7])
        #expect(try errorCode { _ = try tensor.reshaped([5]) } == .invalidInput)
        #expect(try errorCode { _ = try tensor.reshaped([0]) } == .invalidInput)
    }

    @Test("a failing initialiser gives its error, not a tensor")
    func failingInitialiser() throws {
        let code = try errorCode {
            _ = try Tensor(.float32, shape: [1]) { _ in throw DeeperError(.cancelled, "stop") }
        }
        #expect(code == .cancelled)
    }
}
