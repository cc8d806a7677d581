#if Server
internal import NIOCore
internal import NIOHTTP2

/// Ends a gRPC connection without failing the calls on it, nor those that cross the news on their way.
///
/// HTTP/2 lets a server say that it will go (GOAWAY with the highest stream number, RFC 9113, 6.8) and wait until the
/// client has heard it. SwiftNIO (swift-nio-http2 1.46) sends that frame, but takes the connection for ended as soon as no
/// stream is open. Calls that come then are refused or reset, and what else comes closes the connection, with answers
/// that wait for their client to read them. So a GOAWAY that SwiftNIO does not know of goes first, and SwiftNIO may begin
/// when the client has acknowledged two PINGs: gRPC's own clients write the first acknowledgement before calls that they
/// had begun when the GOAWAY came, the second one after them. A connection that SwiftNIO then closes is closed for
/// writing, behind the last answer, and read until the client closes it too.
enum GracefulEnd {
    /// Adds the handlers to the connection of a gRPC server.
    ///
    /// - Parameter patience: how long a client that does not acknowledge, or does not close, is waited for.
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

/// Below SwiftNIO's handler, which writes whole frames only: between two of them others fit in.
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

    /// A socket that is closed with unread bytes, or gets some later, takes back what its client has not read yet.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, case .ending = state else { return context.close(mode: mode, promise: promise) }
        state = .leaving
        context.channel.closeFuture.cascade(to: promise)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [patience] _ in
            context.eventLoop.assumeIsolated().scheduleTask(in: patience) { context.close(promise: nil) }
        }
        // Fails where it is closed for writing already, which is as good.
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

/// Above SwiftNIO's handler, where frames are parsed.
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
