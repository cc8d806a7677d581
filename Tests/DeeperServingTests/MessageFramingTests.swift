#if Server
import Testing

@testable import DeeperServing

struct MessageFramingTests {
    private static func message(_ count: Int) -> [UInt8] {
        [0, 0, 0, UInt8(count >> 8), UInt8(count & 0xff)] + [UInt8](repeating: 7, count: count)
    }

    @Test("messages end where their prefixes say, however the bytes are cut", arguments: [1, 2, 3, 5, 7, 1000])
    func pieces(size: Int) {
        let bytes = Self.message(0) + Self.message(3) + Self.message(300) + Self.message(0)
        var framing = MessageFraming()
        var ends: [Int] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            framing.take(bytes[start..<min(start + size, bytes.count)]) { ends.append($0) }
        }
        #expect(ends == [5, 8, 305, 5])
        #expect(framing.ended == 4 && !framing.isInMessage)
    }

    @Test("a message has begun with its first byte, and its length is known after five")
    func partial() {
        var framing = MessageFraming()
        framing.take([0, 1, 0, 0]) { _ in Issue.record("ended") }
        #expect(framing.isInMessage && framing.length == 0)
        framing.take([2]) { _ in Issue.record("ended") }
        #expect(framing.isInMessage && framing.length == 1 << 24 | 2)
    }
}
#endif
