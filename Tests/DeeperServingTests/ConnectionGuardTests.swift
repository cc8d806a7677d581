#if Server
import DeeperModelServing
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import Synchronization
import Testing

@testable import DeeperServing

/// The behaviour of clients on a connection, simulated without a network.
struct ConnectionGuardTests {
    private func channel(_ budget: ByteBudget = ByteBudget(limit: .max), keepsRequests: Bool = false) throws
        -> EmbeddedChannel
    {
        let channel = EmbeddedChannel(
            handler: ConnectionGuard(transferTimeout: .seconds(10), bodyLimit: 1000, budget: budget))
        if !keepsRequests { try channel.pipeline.syncOperations.addHandler(Ends()) }
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
        return channel
    }

    private func head(_ fields: HTTPFields = [:]) -> HTTPRequestPart {
        .head(HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/", headerFields: fields))
    }

    private func status(_ channel: EmbeddedChannel) throws -> HTTPResponse? {
        guard case .head(let head)? = try channel.readOutbound(as: HTTPResponsePart.self) else { return nil }
        return head
    }

    private func answer(_ channel: EmbeddedChannel) throws {
        try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
    }

    @Test(
        "what a client sends before its turn counts, ends the connection where it is too much, and is let go in its turn"
    )
    func early() throws {
        // A head takes 4 KiB, a part of a body 256 bytes and its own.
        let budget = ByteBudget(limit: 5000)
        let channel = try channel(budget)
        for part in [head(), .end(nil), head()] { try channel.writeInbound(part) }
        for count in 1...2 {
            try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 0, count: 40)))
            #expect(budget.usedBytes == 4096 + 296 * count)
        }
        try answer(channel)
        #expect(budget.usedBytes == 0 && channel.isActive)
        let other = try self.channel(budget)
        for part in [head(), .end(nil), head(), .body(ByteBuffer(repeating: 0, count: 700))] {
            try other.writeInbound(part)
        }
        other.embeddedEventLoop.advanceTime(by: .seconds(3))
        #expect(!other.isActive && budget.usedBytes == 0)
    }

    @Test("a client may send 64 requests before their turn")
    func pipelining() throws {
        for count in [64, 65] {
            let channel = try channel()
            for _ in 0..<count { for part in [head(), .end(nil)] { try channel.writeInbound(part) } }
            channel.embeddedEventLoop.advanceTime(by: .seconds(3))
            #expect(channel.isActive == (count == 64))
        }
    }

    @Test("what a computation holds is given back when its answer has been written")
    func computation() throws {
        let budget = ByteBudget(limit: 100)
        let channel = try channel(budget)
        for part in [head(), .end(nil)] { try channel.writeInbound(part) }
        do {
            let claim = budget.claim()
            try claim.add(70)
            channel.triggerUserOutboundEvent(
                ConnectionGuard.Computation(cancellation: RequestCancellation(), claim: claim), promise: nil)
        }
        channel.write(HTTPResponsePart.head(HTTPResponse(status: .ok)), promise: nil)
        channel.write(HTTPResponsePart.end(nil), promise: nil)
        #expect(budget.usedBytes == 70)
        channel.flush()
        #expect(budget.usedBytes == 0)
    }

    /// Counts what is told after the guard, and takes the requests: they would pile up in the channel.
    private final class Ends: ChannelInboundHandler {
        typealias InboundIn = HTTPRequestPart
        var count = 0

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event is ChannelShouldQuiesceEvent { count += 1 }
        }
    }

    @Test("when the server ends, a connection waits a second for a request in transit, and ends after its head")
    func ending() throws {
        for hasRequest in [false, true] {
            let channel = try channel()
            let ends = try channel.pipeline.syncOperations.handler(type: Ends.self)
            for _ in 0..<2 { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(900))
            #expect(ends.count == 0)
            if hasRequest { try channel.writeInbound(head()) }
            #expect(ends.count == (hasRequest ? 1 : 0))
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(200))
            #expect(ends.count == 1)
        }
        let busy = try channel()
        let ends = try busy.pipeline.syncOperations.handler(type: Ends.self)
        try busy.writeInbound(head())
        busy.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(ends.count == 1)
    }

    @Test("100-continue is answered at once, unless more is announced than will be read")
    func expectation() throws {
        let small = try channel()
        try small.writeInbound(head([.expect: "100-continue", .contentLength: "1000"]))
        #expect(try status(small)?.status == .continue)
        let large = try channel()
        try large.writeInbound(head([.expect: "100-continue", .contentLength: "1001"]))
        #expect(try status(large) == nil)
    }

    @Test("a request that does not arrive in time is refused and the connection closed")
    func slowRequest() throws {
        let channel = try channel()
        try channel.writeInbound(head())
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: "x")))
        #expect(try status(channel) == nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        let response = try #require(try status(channel))
        #expect(response.status == .requestTimeout && response.headerFields[.connection] == "close")
        guard case .body(let body)? = try channel.readOutbound(as: HTTPResponsePart.self) else {
            Issue.record("no body")
            return
        }
        #expect(String(buffer: body).hasPrefix(#"{"error":""#))
        channel.embeddedEventLoop.advanceTime(by: .seconds(3))
        #expect(!channel.isActive)
    }

    @Test("a request that came whole has no deadline here")
    func patience() throws {
        let channel = try channel()
        try channel.writeInbound(head())
        try channel.writeInbound(HTTPRequestPart.end(nil))
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(try status(channel) == nil && channel.isActive)
    }

    @Test("an answer before the request's end closes the connection, what still comes is dropped")
    func earlyAnswer() throws {
        let channel = try channel(keepsRequests: true)
        try channel.writeInbound(head())
        #expect(try channel.readInbound(as: HTTPRequestPart.self) != nil)
        try answer(channel)
        #expect(try status(channel)?.headerFields[.connection] == "close")
        try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: "x")))
        #expect(try channel.readInbound(as: HTTPRequestPart.self) == nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(3))
        #expect(!channel.isActive)
    }

    @Test("an answer after it keeps the connection, and the next request has its own deadline")
    func pipelined() throws {
        let channel = try channel()
        for part in [head(), .end(nil), head()] { try channel.writeInbound(part) }
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(try status(channel) == nil)
        try answer(channel)
        #expect(try status(channel)?.headerFields[.connection] == nil)
        _ = try channel.readOutbound(as: HTTPResponsePart.self)
        channel.embeddedEventLoop.advanceTime(by: .seconds(11))
        #expect(try status(channel)?.status == .requestTimeout)
    }

    @Test("bytes that are no head yet have a deadline too")
    func slowHead() throws {
        let channel = try channel()
        channel.pipeline.fireChannelReadComplete()
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        channel.pipeline.fireChannelReadComplete()
        #expect(try status(channel) == nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(try status(channel)?.status == .requestTimeout)
    }

    @Test("bytes that are not HTTP get an error in the form of the protocol")
    func parserError() throws {
        let channel = try channel()
        channel.pipeline.fireErrorCaught(HTTPParserError.invalidMethod)
        let response = try #require(try status(channel))
        #expect(response.status == .badRequest && response.headerFields[.contentType] == "application/json")
    }

    @Test("when the client goes, the work for it is cancelled; also if it went before")
    func cancellation() async throws {
        for isEarly in [false, true] {
            let channel = try channel()
            let cancellation = RequestCancellation()
            try channel.writeInbound(head())
            try channel.writeInbound(HTTPRequestPart.end(nil))
            if isEarly { channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
            channel.triggerUserOutboundEvent(
                ConnectionGuard.Computation(cancellation: cancellation, claim: ByteBudget(limit: 1).claim()),
                promise: nil)
            if !isEarly { channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
            await #expect(throws: CancellationError.self) {
                try await cancellation.run { try Task.checkCancellation() }
            }
        }
    }
}
#endif
