import DeeperTensors
import DeeperTestSupport
import Testing

@Suite struct AlignedStorageTests {
    /// Empty, one byte, odd, and both sides of 1 MiB, from where blocks are mapped instead of allocated.
    static let byteCounts = [0, 1, 63, 64, 65, 4097, 1 << 20 - 1, 1 << 20, 1 << 20 + 1, 3 << 20 + 13]

    @Test(
        "a block starts on its boundary, has its length, is zero, and can be written to its last byte",
        arguments: byteCounts)
    func block(byteCount: Int) throws {
        for _ in 0..<3 {
            let storage = try AlignedStorage(byteCount: byteCount)
            let address = try #require(storage.bytes.baseAddress)
            #expect(Int(bitPattern: address) % AlignedStorage.alignmentBytes == 0)
            #expect(storage.bytes.count == byteCount)
            #expect(storage.mutableBytes.count == byteCount)
            #expect(storage.bytes.allSatisfy { $0 == 0 })
            // A block that comes back from the allocator dirty shows whether the next one is cleared.
            _ = storage.mutableBytes.initializeMemory(as: UInt8.self, repeating: 0xA5)
            #expect(storage.bytes.allSatisfy { $0 == 0xA5 })
        }
    }

    @Test("more than the system has is refused with an error", arguments: [1 << 60, Int.max])
    func refused(byteCount: Int) throws {
        #expect(try errorCode { _ = try AlignedStorage(byteCount: byteCount) } == .limitExceeded)
    }

    @Test("a mapped block is unmapped with its owner")
    func memoryIsReturned() throws {
        let before = try mappedByteCount()
        for _ in 0..<256 { _ = try AlignedStorage(byteCount: 1 << 28) }
        // 64 GiB, if none were given back. Other tests take far less meanwhile.
        #expect(try mappedByteCount() - before < 8 << 30)
    }
}
