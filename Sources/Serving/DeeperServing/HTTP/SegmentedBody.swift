#if Server
internal import DeeperInferenceProtocol
internal import DeeperModelServing
internal import Hummingbird
internal import NIOCore

/// A request's body in the pieces in which it arrived: they are copied once, to where the engine reads them.
struct SegmentedBody: Sendable {
    private var segments: [ByteBuffer] = []
    /// The start of each segment, and the end of the last one.
    private var starts = [0]
    private var isLastOwned = false

    var byteCount: Int { starts[starts.count - 1] }

    /// Receives a body.
    ///
    /// - Parameters:
    ///   - limit: the largest number of bytes that it may have.
    ///   - claim: the claim for the bytes that are held.
    /// - Throws: `tooLarge`, `exhausted`.
    init(_ body: RequestBody, limit: Int, claim: ByteBudget.Claim) async throws {
        var pieces = body.makeAsyncIterator()
        while let buffer = try await Self.next(&pieces) {
            let count = buffer.readableBytes
            guard count > 0 else { continue }
            let end = byteCount + count
            guard end <= limit else {
                throw ServingError(.tooLarge, "the request's body is larger than \(limit) bytes")
            }
            try append(buffer, end, claim)
        }
    }

    /// The next piece. An error while a body arrives is an error of its connection, so that nobody is left to answer.
    private static func next(_ pieces: inout RequestBody.AsyncIterator) async throws -> ByteBuffer? {
        do {
            return try await pieces.next()
        } catch {
            throw ServingError(.cancelled, "the client left before its request was complete")
        }
    }

    /// Appends a piece. A piece keeps the whole buffer in which it was received, so small ones are copied together
    /// instead.
    private mutating func append(_ buffer: ByteBuffer, _ end: Int, _ claim: ByteBudget.Claim) throws {
        guard buffer.readableBytes < Self.smallPiece else {
            try claim.add(buffer.readableBytes)
            segments.append(buffer)
            starts.append(end)
            isLastOwned = false
            return
        }
        if isLastOwned, segments[segments.count - 1].writableBytes >= buffer.readableBytes {
            segments[segments.count - 1].writeImmutableBuffer(buffer)
            starts[starts.count - 1] = end
            return
        }
        let capacity = segments.isEmpty ? Self.smallPiece : 16 * Self.smallPiece
        try claim.add(capacity)
        var own = ByteBufferAllocator().buffer(capacity: capacity)
        own.writeImmutableBuffer(buffer)
        segments.append(own)
        starts.append(end)
        isLastOwned = true
    }

    private static let smallPiece = 4096

    init(bytes: [UInt8]) {
        segments = [ByteBuffer(bytes: bytes)]
        starts = [0, bytes.count]
    }

    /// A part of the body as one array.
    func bytes(_ range: Range<Int>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: range.count) { target, count in
            copy(range, into: UnsafeMutableRawBufferPointer(target))
            count = range.count
        }
    }

    /// Copies a part of the body to the start of `target`.
    func copy(_ range: Range<Int>, into target: UnsafeMutableRawBufferPointer) {
        // The last segment that begins at or before the range.
        var low = 0
        var high = segments.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= range.lowerBound { low = middle } else { high = middle }
        }
        var position = range.lowerBound
        while position < range.upperBound {
            let end = min(range.upperBound, starts[low + 1])
            segments[low].withUnsafeReadableBytes { bytes in
                let part = UnsafeRawBufferPointer(rebasing: bytes[position - starts[low]..<end - starts[low]])
                UnsafeMutableRawBufferPointer(rebasing: target[(position - range.lowerBound)...]).copyMemory(from: part)
            }
            position = end
            low += 1
        }
    }
}

/// A tensor that arrived as bytes of a request's body.
struct BodyPart: TensorContent {
    let body: SegmentedBody
    let range: Range<Int>
    var byteCount: Int { range.count }

    func copy(into target: UnsafeMutableRawBufferPointer) { body.copy(range, into: target) }
}
#endif
