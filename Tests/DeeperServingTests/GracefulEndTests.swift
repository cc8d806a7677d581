#if Server
import NIOCore
import NIOEmbedded
import NIOHTTP2
import Testing

@testable import DeeperServing

/// The end of a gRPC connection as its client sees it, byte by byte.
struct GracefulEndTests {
    private static let goAway: [UInt8] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]

    /// A connection whose client has said hello.
    private func connection() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        let pipeline = channel.pipeline.syncOperations
        _ = try pipeline.configureHTTP2Pipeline(
            mode: .server, connectionConfiguration: .init(), streamConfiguration: .init()
        ) { $0.eventLoop.makeSucceededVoidFuture() }
        try pipeline.addHandler(Events())
        try GracefulEnd.install(on: channel).wait()
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
        var hello = ByteBuffer(string: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        hello.writeBytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
        try channel.writeInbound(hello)
        _ = try sent(channel)
        return channel
    }

    private func sent(_ channel: EmbeddedChannel) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        return bytes
    }

    private func quiesce(_ channel: EmbeddedChannel) {
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    /// Answers the PING at the end of some bytes.
    private func acknowledge(_ frames: [UInt8], _ channel: EmbeddedChannel) throws {
        try #require(frames.suffix(17).starts(with: [0, 0, 8, 6, 0, 0, 0, 0, 0]))
        try channel.writeInbound(ByteBuffer(bytes: [0, 0, 8, 6, 1, 0, 0, 0, 0] + frames.suffix(8)))
    }

    private func leave(_ channel: EmbeddedChannel) {
        channel.close(promise: nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(5))
    }

    private func isEnding(_ channel: EmbeddedChannel) throws -> Bool {
        try channel.pipeline.syncOperations.handler(type: Events.self).hasEnded
    }

    @Test("a client hears of the end, and has acknowledged two PINGs before SwiftNIO does")
    func acknowledged() throws {
        let channel = try connection()
        quiesce(channel)
        quiesce(channel)
        let first = try sent(channel)
        #expect(first.count == 34 && first.starts(with: Self.goAway))
        try acknowledge(first, channel)
        #expect(try !isEnding(channel))
        let second = try sent(channel)
        #expect(second.count == 17 && second != Array(first.suffix(17)))
        try acknowledge(second, channel)
        #expect(try isEnding(channel))
        leave(channel)
    }

    @Test("other PINGs do not count, and the server does not wait for a silent client")
    func silent() throws {
        let channel = try connection()
        quiesce(channel)
        try channel.writeInbound(ByteBuffer(bytes: [0, 0, 8, 6, 1, 0, 0, 0, 0] + [UInt8](repeating: 7, count: 8)))
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(900))
        #expect(try !isEnding(channel))
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(200))
        #expect(try isEnding(channel))
        leave(channel)
    }

    @Test("an ending connection is closed for writing, then read until its client is gone or the wait is over")
    func lingering() throws {
        let channel = try connection()
        let socket = HalfClosing()
        try channel.pipeline.syncOperations.addHandler(socket, position: .first)
        quiesce(channel)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1100))
        let closing = channel.pipeline.close(mode: .all)
        #expect(socket.isOutputClosed)
        // None of HTTP/2's frames: SwiftNIO would complain.
        try channel.writeInbound(ByteBuffer(repeating: 0xff, count: 100))
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(900))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(200))
        channel.embeddedEventLoop.run()
        #expect(!channel.isActive)
        try closing.wait()
    }

    @Test("a connection that does not end is closed at once")
    func plainClose() throws {
        let channel = try connection()
        try channel.close().wait()
        #expect(!channel.isActive)
    }

    @Test("a connection may close while the server waits for its client")
    func closed() throws {
        let channel = try connection()
        quiesce(channel)
        _ = try channel.finish()
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive)
    }
}

/// A socket that can be closed for writing alone, which an embedded channel cannot.
private final class HalfClosing: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    private(set) var isOutputClosed = false

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output else { return context.close(mode: mode, promise: promise) }
        isOutputClosed = true
        promise?.succeed()
    }
}

/// A stand-in for the handlers that gRPC has after SwiftNIO's.
private final class Events: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    private(set) var hasEnded = false

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { hasEnded = true }
        context.fireUserInboundEventTriggered(event)
    }
}
#endif
