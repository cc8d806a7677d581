#if Server
internal import NIOCore

/// Reports the bytes that arrive for each stream of a connection to the stream's guard, before they are buffered:
/// SwiftNIO buffers what a stream has not read yet, up to a window that is large enough for a large message.
///
/// It reads only the headers of HTTP/2 frames (RFC 9113, 4.1); SwiftNIO's handler does everything else.
final class FrameMeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let prefaceByteCount = 24
    private static let headerByteCount = 9
    private static let dataType: UInt8 = 0
    private static let paddedFlag: UInt8 = 8

    private static let largestControlFrame = 16 << 10
    /// The time that a live client has to answer a PING, and the transport to end a connection by itself.
    private static let grace = TimeAmount.seconds(25)

    let streams = StreamGuards()
    private let patience: TimeAmount
    private let idle: TimeAmount
    private var lastRead = NIODeadline.now()
    private var hasRead = false
    private var watch: Scheduled<Void>?
    private var preface = FrameMeter.prefaceByteCount
    private var header: [UInt8] = []
    private var remaining = 0
    /// The number of padding bytes at the end of the frame; nil before the byte that gives this number.
    private var padding: Int? = 0
    private var isRefused = false

    /// - Parameters:
    ///   - patience: how long the first byte may take.
    ///   - idle: how long nothing may arrive, or no stream may be open. The transport has such a limit too, but waits
    ///     forever for clients that do not answer its PING.
    init(patience: TimeAmount, idle: TimeAmount) {
        self.patience = patience
        self.idle = idle
    }

    func handlerAdded(context: ChannelHandlerContext) {
        scheduleCheck(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        watch?.cancel()
        watch = nil
    }

    private func scheduleCheck(_ context: ChannelHandlerContext) {
        watch = context.eventLoop.assumeIsolated().scheduleTask(in: min(patience, min(idle, .seconds(5)))) {
            self.check(context)
        }
    }

    private func check(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        let isSilent = hasRead ? now - lastRead > idle + Self.grace : now - lastRead >= patience
        if isSilent || streams.isEmpty && now - streams.lastUse > idle + Self.grace {
            context.close(promise: nil)
        } else {
            scheduleCheck(context)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isRefused { return }
        hasRead = true
        lastRead = .now()
        unwrapInboundIn(data).withUnsafeReadableBytes { measure($0[...]) }
        if isRefused { return context.close(promise: nil) }
        context.fireChannelRead(data)
        // Bytes for streams that do not exist now belong to streams that have ended.
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
                guard header[3] == Self.dataType || remaining <= Self.largestControlFrame else {
                    // The transport would keep a buffer of that size.
                    isRefused = true
                    return
                }
                if header[3] == Self.dataType { streams.began(on: stream, padding: remaining > 0 && padding == nil) }
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
        // The rest of the frame after this part includes the padding.
        part = part.dropLast(max(0, min(part.count, (padding ?? 0) - remaining)))
        streams.received(part, on: stream)
    }

    private var stream: Int { header[5...].reduce(0) { $0 << 8 | Int($1) } & 0x7fff_ffff }
}

/// The guards of one connection's streams, by the streams' numbers; used only on the connection's event loop.
final class StreamGuards {
    private var guards: [Int: StreamGuard] = [:]
    /// Bytes that arrived together with the headers of their stream.
    private var early: [Int: [UInt8]] = [:]

    /// When the last stream began or ended.
    private(set) var lastUse = NIODeadline.now()

    func add(_ stream: Int, _ guarding: StreamGuard) -> [UInt8] {
        lastUse = .now()
        guards[stream] = guarding
        return early.removeValue(forKey: stream) ?? []
    }

    var isEmpty: Bool { guards.isEmpty }

    /// A frame of data has begun.
    func began(on stream: Int, padding: Bool) { guards[stream]?.frameBegan(isPadded: padding) }

    func remove(_ stream: Int) {
        lastUse = .now()
        guards[stream] = nil
    }

    func received(_ bytes: Slice<UnsafeRawBufferPointer>, on stream: Int) {
        if let guarding = guards[stream] { guarding.received(bytes) } else { early[stream, default: []] += bytes }
    }

    func forgetEarlyBytes() { if !early.isEmpty { early = [:] } }
}
#endif
