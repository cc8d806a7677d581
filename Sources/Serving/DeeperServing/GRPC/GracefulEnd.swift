#if Server
internal import NIOCore
internal import NIOHTTP2

/// Ends a gRPC connection without failing the calls on it, or calls that the client sends before it knows of the end.
///
/// HTTP/2 lets a server announce that it will end (GOAWAY with the highest stream number, RFC 9113, 6.8) and wait until
/// the client has received the announcement. SwiftNIO (swift-nio-http2 1.46) sends that frame, but regards the
/// connection as ended as soon as no stream is open. Calls that arrive then are refused or reset, and anything else
/// that arrives closes the connection, with answers that the client has not read yet. Therefore the server first sends
/// a GOAWAY that SwiftNIO does not know of, and SwiftNIO may begin when the client has acknowledged two PINGs: gRPC's
/// own clients write the first acknowledgement before calls that they had begun when the GOAWAY arrived, and the second
/// one after them. A connection that SwiftNIO then closes is closed for writing, after the last answer, and read until
/// the client closes it too.
enum GracefulEnd {
    /// Adds the handlers to the connection of a gRPC server.
    ///
    /// - Parameter patience: how long to wait for a client that does not acknowledge, or does not close.
    static func install(on channel: any Channel, patience: TimeAmount = .seconds(1)) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let http2 = try pipeline.handler(type: NIOHTTP2Handler.self)
            let handler = EndHandler(patience)
            try pipeline.addHandler(handler, position: .before(http2))
            try pipeline.addHandler(AcknowledgementReader(handler), position: .after(http2))
        }
    }
}

/// The handler below SwiftNIO's, which writes only whole frames, so that further frames can be inserted between them.
private final class EndHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case serving
        case announced(ChannelHandlerContext, ping: UInt64, isLast: Bool, timeout: Scheduled<Void>)
        case ending
        case leaving
    }

    private let patience: TimeAmount
    private var state = State.serving

    init(_ patience: TimeAmount) { self.patience = patience }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        guard case .serving = state else { return }
        let ping = UInt64.random(in: .min ... .max)
        let timeout = context.eventLoop.assumeIsolated().scheduleTask(in: patience) { self.end() }
        state = .announced(context, ping: ping, isLast: false, timeout: timeout)
        context.write(wrapOutboundOut(ByteBuffer(bytes: Self.goAway)), promise: nil)
        send(ping, context)
    }

    func acknowledged(_ data: UInt64) {
        guard case .announced(let context, data, let isLast, let timeout) = state else { return }
        if isLast { return end() }
        state = .announced(context, ping: ~data, isLast: true, timeout: timeout)
        send(~data, context)
    }

    private func end() {
        guard case .announced(let context, _, _, let timeout) = state else { return }
        timeout.cancel()
        state = .ending
        context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    /// Closes for writing first: a socket that is closed with unread bytes, or receives some later, discards what its
    /// client has not read yet.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, case .ending = state else { return context.close(mode: mode, promise: promise) }
        state = .leaving
        context.channel.closeFuture.cascade(to: promise)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [patience] _ in
            context.eventLoop.assumeIsolated().scheduleTask(in: patience) { context.close(promise: nil) }
        }
        // Fails if it is already closed for writing, which is just as good.
        context.close(mode: .output, promise: written)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .leaving = state { return }
        context.fireChannelRead(data)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        if case .announced(_, _, _, let timeout) = state { timeout.cancel() }
        state = .leaving
    }

    // Frames begin with a length in three bytes, a type, flags, and stream 0.

    private static let goAway: [UInt8] = [0, 0, 8, 7, 0, 0, 0, 0, 0] + [0x7f, 0xff, 0xff, 0xff] + [0, 0, 0, 0]

    private func send(_ ping: UInt64, _ context: ChannelHandlerContext) {
        var frame = ByteBuffer(bytes: [0, 0, 8, 6, 0, 0, 0, 0, 0])
        frame.writeInteger(ping)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }
}

/// The handler above SwiftNIO's, which receives parsed frames.
private final class AcknowledgementReader: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    private let handler: EndHandler

    init(_ handler: EndHandler) { self.handler = handler }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .ping(let ping, ack: true) = unwrapInboundIn(data).payload { handler.acknowledged(ping.integer) }
        context.fireChannelRead(data)
    }
}
#endif
