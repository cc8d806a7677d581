#if Server
import DeeperInferenceProtocol
import DeeperModelServing
import Hummingbird
import NIOCore
import Testing

@testable import DeeperServing

/// Bodies in pieces of any size.
struct SegmentedBodyTests {
    /// A body of so many bytes each, counting on, and what the pieces say together.
    private func body(_ sizes: [Int]) -> (RequestBody, [UInt8]) {
        let bytes = (0..<sizes.reduce(0, +)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var start = 0
        let pieces = sizes.map { size in
            defer { start += size }
            return ByteBuffer(bytes: bytes[start..<start + size])
        }
        let stream = AsyncStream { continuation in
            for piece in pieces { continuation.yield(piece) }
            continuation.finish()
        }
        return (RequestBody(asyncSequence: stream), bytes)
    }

    @Test(
        "every part is found, however the body came",
        arguments: [
            [], [1], [0, 5, 0], [5000], [1, 1, 1, 5000, 2, 2], [4096, 4095, 1, 9000], Array(repeating: 100, count: 200),
            [4000, 90, 90, 70_000, 3, 3, 3],
        ])
    func parts(sizes: [Int]) async throws {
        let (stream, bytes) = body(sizes)
        let body = try await SegmentedBody(stream, limit: 1 << 20, claim: ByteBudget(limit: 1 << 30).claim())
        #expect(body.byteCount == bytes.count)
        for start in stride(from: 0, through: bytes.count, by: max(1, bytes.count / 17)) {
            for end in stride(from: start, through: bytes.count, by: max(1, bytes.count / 13)) {
                #expect(body.bytes(start..<end) == Array(bytes[start..<end]))
            }
        }
    }

    @Test("too large a body is refused, and so is one beyond what the server holds; the claim is given back")
    func limits() async throws {
        await #expect(throws: ServingError.self) {
            try await SegmentedBody(body([600, 600]).0, limit: 1000, claim: ByteBudget(limit: 1 << 30).claim())
        }
        let budget = ByteBudget(limit: 10_000)
        for _ in 0..<3 {
            let first = budget.claim()
            _ = try await SegmentedBody(body([6000]).0, limit: 1 << 20, claim: first)
            await #expect(throws: ServingError.self) {
                try await SegmentedBody(body([6000]).0, limit: 1 << 20, claim: budget.claim())
            }
            withExtendedLifetime(first) {}
        }
    }
}
#endif
