#if Server
internal import NIOCore

/// Tells the guards of a connection's streams of the bytes that come for them, before anything holds them: SwiftNIO keeps
/// what a stream has not read yet, up to a window that a large message fits into.
///
/// It reads only the headers of HTTP/2 frames (RFC 9113, 4.1); SwiftNIO's handler does everything else.
final class FrameMeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let prefaceByteCount = 24
    private static let headerByteCount = 9
    private static let dataType: UInt8 = 0
    private static let paddedFlag: UInt8 = 8

    let streams = StreamGuards()
    private let patience: TimeAmount
    private var silence: Scheduled<Void>?
    private var preface = FrameMeter.prefaceByteCount
    private var header: [UInt8] = []
    private var remaining = 0
    /// Bytes of padding at the end of the frame; nil before the byte that gives their number.
    private var padding: Int? = 0

    /// - Parameter patience: how long the first byte may take.
    init(patience: TimeAmount) { self.patience = patience }

    func handlerAdded(context: ChannelHandlerContext) {
        silence = context.eventLoop.assumeIsolated().scheduleTask(in: patience) { context.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { silence?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        silence?.cancel()
        unwrapInboundIn(data).withUnsafeReadableBytes { measure($0[...]) }
        context.fireChannelRead(data)
        // What came for streams that do not exist now came for those that have ended.
        streams.forgetEarlyBytes()
    }

    private func measure(_ bytes: Slice<UnsafeRawBufferPointer>) {
        var rest = bytes.dropFirst(preface)
        preface -= min(preface, bytes.count)
        while !rest.isEmpty {
            if header.count < Self.headerByteCount {
                let part = rest.prefix(Self.headerByteCount - header.count)
                header += part
                rest = rest[part.endIndex...]
                guard header.count == Self.headerByteCount else { return }
                remaining = header[..<3].reduce(0) { $0 << 8 | Int($1) }
                padding = header[3] == Self.dataType && header[4] & Self.paddedFlag != 0 ? nil : 0
            }
            var part = rest.prefix(remaining)
            rest = rest[part.endIndex...]
            remaining -= part.count
            if header[3] == Self.dataType { deliver(&part) }
            if remaining == 0 { header = [] }
        }
    }

    private func deliver(_ part: inout Slice<UnsafeRawBufferPointer>) {
        if padding == nil, let first = part.first {
            padding = Int(first)
            part = part.dropFirst()
        }
        // What is left of the frame after this part includes the padding.
        part = part.dropLast(max(0, min(part.count, (padding ?? 0) - remaining)))
        let stream = header[5...].reduce(0) { $0 << 8 | Int($1) } & 0x7fff_ffff
        streams.received(part, on: stream)
    }
}

/// The guards of one connection's streams, by the streams' numbers; only for the connection's event loop.
final class StreamGuards {
    private var guards: [Int: StreamGuard] = [:]
    /// Bytes that came together with the headers of their stream.
    private var early: [Int: [UInt8]] = [:]

    func add(_ stream: Int, _ guarding: StreamGuard) -> [UInt8] {
        guards[stream] = guarding
        return early.removeValue(forKey: stream) ?? []
    }

    func remove(_ stream: Int) { guards[stream] = nil }

    func received(_ bytes: Slice<UnsafeRawBufferPointer>, on stream: Int) {
        if let guarding = guards[stream] { guarding.received(bytes) } else { early[stream, default: []] += bytes }
    }

    func forgetEarlyBytes() { if !early.isEmpty { early = [:] } }
}
#endif
