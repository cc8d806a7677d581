import TestSupport
import Testing

@testable import ModelImport

@Suite struct ChecksumTests {
    @Test("changed, exchanged and missing bytes show", arguments: [1, 7, 8, 63, 64, 65, 200])
    func shows(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let bytes = (0..<count).map { _ in UInt8.random(in: 1...255, using: &generator) }
        func sum(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { checksum(of: $0) } }
        let own = sum(bytes)
        #expect(sum(bytes) == own)
        #expect(sum(bytes.dropLast()) != own)
        #expect(sum(bytes + [0]) != own)
        for index in bytes.indices {
            var change = bytes
            change[index] ^= 1
            #expect(sum(change) != own)
        }
        if count >= 128 {
            #expect(sum(Array(bytes[64..<128]) + Array(bytes[..<64]) + Array(bytes[128...])) != own)
        }
    }
}
