#if Server
internal import DeeperInferenceProtocol
internal import DeeperModelServing
internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1
internal import Synchronization

/// Adds to a connection what Hummingbird does not provide: the answer to `Expect: 100-continue`, deadlines for slow
/// clients, error messages for malformed HTTP, a limit for pipelined requests, and the detection of clients that
/// disconnect while their request waits.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How long a client that is still sending may take to read its answer.
    private static let lingering = TimeAmount.seconds(2)

    /// How long an idle connection stays open when the server ends, for a request that may be in transit.
    private static let farewell = TimeAmount.seconds(1)

    /// The bytes counted for the head of a request before its turn, and in addition for each part of its body.
    private static let headCost = 4 << 10, partCost = 256

    private let transferTimeout: TimeAmount
    private let bodyLimit: Int
    private let budget: ByteBudget
    private let connections: OpenConnections
    private var state = ConnectionState()
    /// The end of an answer that is being sent to the client.
    private var pendingEnd: EventLoopFuture<Void>?
    /// Set when the server has ended and the handlers after this one have not been told yet.
    private var heldEnd: Scheduled<Void>?
    private var readDeadline: Scheduled<Void>?
    private var writeDeadline: Scheduled<Void>?
    private var computation: Computation?
    /// The claim for requests that arrived before their turn.
    private var early: ByteBudget.Claim?
    private var isReadDue = false

    init(
        transferTimeout: TimeAmount, bodyLimit: Int, budget: ByteBudget,
        connections: OpenConnections = OpenConnections()
    ) {
        self.transferTimeout = transferTimeout
        self.bodyLimit = bodyLimit
        self.budget = budget
        self.connections = connections
    }

    /// The computation for a request; sent to the connection as an event.
    struct Computation: Sendable {
        let cancellation: RequestCancellation
        /// The memory of the request and its answer, held until the client has read the answer.
        let claim: ByteBudget.Claim
    }

    /// Enlarges the receive buffers, so that a picture's tensor arrives in a few pieces instead of dozens: each costs a
    /// change of threads.
    func handlerAdded(context: ChannelHandlerContext) {
        connections.http.add(1, ordering: .relaxed)
        let connections = connections
        context.channel.closeFuture.whenComplete { _ in connections.http.subtract(1, ordering: .relaxed) }
        let pieces = AdaptiveRecvByteBufferAllocator(minimum: 1 << 11, initial: 1 << 14, maximum: 1 << 19)
        do {
            let pipeline = context.pipeline.syncOperations
            if let codec = try? pipeline.context(handlerType: HTTP1ToHTTPServerCodec.self) {
                try pipeline.addHandler(RequestHeadCheck(), position: .before(codec.handler))
            }
            try context.channel.syncOptions?.setOption(.recvAllocator, value: pieces)
        } catch {
            context.fireErrorCaught(error)
        }
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part: ConnectionState.Part
        var cost = 0
        switch unwrapInboundIn(data) {
        case .head(let head):
            part = state.receiveHead()
            cost = Self.headCost
            if case .current = part { startReading(context, head) }
        case .body(let buffer):
            part = state.receiveBody()
            cost = buffer.readableBytes + Self.partCost
        case .end:
            part = state.receiveEnd()
            if part != .ignored { readDeadline?.cancel() }
        }
        switch part {
        case .ignored: return
        case .tooMany: return leave(context)
        case .early: if cost > 0, !holdEarly(cost) { return leave(context) }
        case .current: break
        }
        context.fireChannelRead(data)
        if let end = heldEnd, state.unanswered > 0 {
            end.cancel()
            tellEnd(context)
        }
    }

    /// Called after a request's head, so that its answer is the last one; or after some time without a request.
    private func tellEnd(_ context: ChannelHandlerContext) {
        heldEnd = nil
        context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    /// Reads nothing more while a request waits for the answer to another one.
    func read(context: ChannelHandlerContext) {
        if state.reads { context.read() } else { isReadDue = true }
    }

    private func holdEarly(_ count: Int) -> Bool {
        let claim = early ?? budget.claim()
        early = claim
        return (try? claim.add(count)) != nil
    }

    /// An incomplete head begins a request and its deadline.
    func channelReadComplete(context: ChannelHandlerContext) {
        if state.completeRead() { startReading(context, nil) }
        context.fireChannelReadComplete()
    }

    private func startReading(_ context: ChannelHandlerContext, _ head: HTTPRequest?) {
        readDeadline?.cancel()
        readDeadline = schedule(context) { context in
            guard self.state.input != .quiet else { return }
            self.refuse(context, ServingError(.requestTimeout, "the request took too long to arrive"))
        }
        guard let head, head.headerFields[.expect]?.lowercased() == "100-continue" else { return }
        // A client that announces too large a body gets the final answer instead.
        if let length = head.headerFields[.contentLength].flatMap({ Int($0) }), length > bodyLimit { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard state.receiveNonsense() else { return }
        switch error {
        case let error as ServingError: refuse(context, error)
        case is HTTPParserError: refuse(context, ServingError(.badRequest, "the request is not HTTP: \(error)"))
        default: context.fireErrorCaught(error)
        }
    }

    // MARK: Responses

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !state.isLeaving else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            writeDeadline?.cancel()
            writeDeadline = schedule(context) { $0.close(promise: nil) }
            if state.beginAnswer() { head.headerFields[.connection] = "close" }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            let done = promise ?? context.eventLoop.makePromise(of: Void.self)
            let deadline = writeDeadline
            pendingEnd = done.futureResult
            done.futureResult.assumeIsolated().whenComplete { [computation] _ in
                withExtendedLifetime(computation) { deadline?.cancel() }
                self.pendingEnd = nil
            }
            computation = nil
            let next = state.endAnswer()
            if next == .leave {
                context.writeAndFlush(data, promise: done)
                return leave(context)
            }
            context.write(data, promise: done)
            if case .turn(let isReading) = next {
                early = nil
                if isReading { startReading(context, nil) }
            }
            readIfDue(context)
        }
    }

    /// Sends an answer to its end before closing: when a server stops, connections are closed after their answer.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, let pendingEnd, !state.isLeaving else { return context.close(mode: mode, promise: promise) }
        pendingEnd.assumeIsolated().whenComplete { _ in context.close(mode: mode, promise: promise) }
    }

    /// Sends the error, and ends the connection.
    private func refuse(_ context: ChannelHandlerContext, _ error: ServingError) {
        computation?.cancellation.cancel()
        if state.canExplain {
            let text = error.json()
            let fields: HTTPFields = [
                .contentType: "application/json", .contentLength: String(text.count), .connection: "close",
            ]
            context.write(
                wrapOutboundOut(.head(HTTPResponse(status: error.kind.status, headerFields: fields))), promise: nil)
            context.write(wrapOutboundOut(.body(ByteBuffer(bytes: text))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
        leave(context)
    }

    /// Closes after a delay: closing at once would make the system drop the answer if the client is still sending.
    private func leave(_ context: ChannelHandlerContext) {
        state.leave()
        early = nil
        readDeadline?.cancel()
        readIfDue(context)
        context.close(mode: .output, promise: nil)
        if state.isInputClosed { return context.close(promise: nil) }
        _ = schedule(context, in: Self.lingering) { $0.close(promise: nil) }
    }

    private func readIfDue(_ context: ChannelHandlerContext) {
        guard isReadDue else { return }
        isReadDue = false
        read(context: context)
    }

    // MARK: The connection

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let event = event as? Computation else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        computation = event
        if state.isInputClosed || state.isLeaving { event.cancellation.cancel() }
        promise?.succeed()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, state.isIdle {
            if heldEnd == nil { heldEnd = schedule(context, in: Self.farewell) { self.tellEnd($0) } }
            return
        }
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            state.closeInput()
            computation?.cancellation.cancel()
            if state.isLeaving { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        state.closeInput()
        heldEnd?.cancel()
        readDeadline?.cancel()
        writeDeadline?.cancel()
        computation?.cancellation.cancel()
        context.fireChannelInactive()
    }

    private func schedule(
        _ context: ChannelHandlerContext, in time: TimeAmount? = nil, _ body: @escaping (ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: time ?? transferTimeout) { body(context) }
    }
}
#endif
