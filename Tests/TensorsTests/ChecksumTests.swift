import DeeperTensors
import DeeperTestSupport
import Testing

@Suite struct ChecksumTests {
    @Test("changed, exchanged and missing bytes are noticed", arguments: [1, 7, 8, 63, 64, 65, 200])
    func shows(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let bytes = (0..<count).map { _ in UInt8.random(in: 1...255, using: &generator) }
        let own = checksum(of: bytes)
        #expect(checksum(of: bytes) == own)
        #expect(checksum(of: bytes.dropLast()) != own)
        #expect(checksum(of: bytes + [0]) != own)
        for index in bytes.indices {
            var change = bytes
            change[index] ^= 1
            #expect(checksum(of: change) != own)
        }
        if count >= 128 {
            #expect(checksum(of: Array(bytes[64..<128]) + Array(bytes[..<64]) + Array(bytes[128...])) != own)
        }
    }
}
