#if Server
internal import GRPCCore
internal import InferenceProtocol
internal import ModelServing
internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// What gRPC's transport leaves to others on a stream: deadlines for slow clients, a bound for all bytes that wait, and a
/// status for messages that are too large.
///
/// Bytes of a request are claimed when they arrive, complete or not, and given back when its answer has been sent.
final class StreamGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    struct Limits {
        var messageByteCount: Int
        /// How long a message may take to arrive, or to be read.
        var transfer: TimeAmount
        /// How long a stream of many messages may be of no use.
        var idle: TimeAmount
    }

    /// What the stream waits for.
    private enum Wait: Equatable {
        case nothing
        /// The rest of a request, or all of it; with the number of those before.
        case request(Int)
        case use
    }

    /// How long a client that was refused may go on sending: a reset at once would make some forget the status.
    private static let lingering = TimeAmount.seconds(2)

    private let streams: StreamGuards
    private let limits: Limits
    private let claim: ByteBudget.Claim
    /// Paths of methods whose clients may take their time between messages.
    private let streamingPaths: Set<String>
    private var context: ChannelHandlerContext?
    private var stream = 0

    private var requests = MessageFraming()
    private var answers = MessageFraming()
    /// Bytes of the complete requests that wait for their answer.
    private var unanswered: [Int] = []
    private var isStreaming: Bool?
    private var isInputEnded = false
    private var hasAnswerHead = false
    /// The refusal is said when the stream has begun.
    private var refusal: ServingError?
    private var isRefused = false
    private var unsent = 0
    private var wait = Wait.nothing
    private var deadline: Scheduled<Void>?
    private var sendDeadline: Scheduled<Void>?

    init(_ streams: StreamGuards, limits: Limits, claim: ByteBudget.Claim, streamingPaths: Set<String>) {
        self.streams = streams
        self.limits = limits
        self.claim = claim
        self.streamingPaths = streamingPaths
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard let id = try? context.channel.syncOptions?.getOption(HTTP2StreamChannelOptions.streamID) else { return }
        stream = Int(id)
        received(streams.add(stream, self))
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        streams.remove(stream)
        deadline?.cancel()
        sendDeadline?.cancel()
        context = nil
    }

    // MARK: Requests

    /// Bytes of the stream's messages have come, and are held from now on.
    func received(_ bytes: some Collection<UInt8>) {
        guard !bytes.isEmpty, refusal == nil else { return }
        do {
            try claim.add(bytes.count)
            requests.take(bytes) { unanswered.append($0) }
            guard requests.length <= limits.messageByteCount else {
                throw ServingError(
                    .tooLarge,
                    "the message has \(requests.length) bytes, more than \(limits.messageByteCount)")
            }
        } catch {
            refuse(ServingError(error))
        }
        updateDeadline()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let headers):
            if isStreaming == nil { isStreaming = streamingPaths.contains(headers.headers.first(name: ":path") ?? "") }
            isInputEnded = isInputEnded || headers.endStream
        case .data(let data): isInputEnded = isInputEnded || data.endStream
        default: break
        }
        if let refusal, !isRefused { sayRefusal(refusal, context) }
        guard isRefused else {
            context.fireChannelRead(data)
            return updateDeadline()
        }
        if isInputEnded { context.close(promise: nil) } else { context.read() }
    }

    private func updateDeadline() {
        let next: Wait =
            if isInputEnded || refusal != nil || isStreaming == nil {
                .nothing
            } else if requests.isInMessage || isStreaming == false {
                .request(isStreaming == false ? 0 : requests.ended)
            } else {
                unanswered.isEmpty ? .use : .nothing
            }
        guard next != wait, !isRefused, let context else { return }
        wait = next
        deadline?.cancel()
        switch next {
        case .nothing: deadline = nil
        case .request:
            deadline = schedule(context, limits.transfer) {
                self.refuse(ServingError(.requestTimeout, "the message took too long to arrive"))
            }
        case .use:
            deadline = schedule(context, limits.idle) {
                self.refuse(ServingError(.unavailable, "the stream was not used for too long"))
            }
        }
    }

    // MARK: Refusals

    private func refuse(_ error: ServingError) {
        guard refusal == nil else { return }
        refusal = error
        // Before the headers were read there is nothing to answer to.
        if isStreaming != nil, let context { sayRefusal(error, context) }
    }

    private func sayRefusal(_ error: ServingError, _ context: ChannelHandlerContext) {
        isRefused = true
        var headers = HPACKHeaders()
        if !hasAnswerHead {
            headers.add(name: ":status", value: "200")
            headers.add(name: "content-type", value: "application/grpc")
        }
        headers.add(name: "grpc-status", value: String(error.kind.rpcCode.rawValue))
        headers.add(name: "grpc-message", value: Self.percentEncoded(error.message))
        context.writeAndFlush(wrapOutboundOut(.headers(.init(headers: headers, endStream: true))), promise: nil)
        // Ends the call on our side.
        context.fireErrorCaught(error)
        deadline?.cancel()
        deadline = schedule(context, Self.lingering) { context.close(promise: nil) }
        context.read()
    }

    /// A stream that was refused closes when its client has noticed.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard isRefused, !isInputEnded else { return context.close(mode: mode, promise: promise) }
        context.channel.closeFuture.cascade(to: promise)
    }

    /// As gRPC has its status messages.
    private static func percentEncoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            if (0x20...0x7e).contains(byte), byte != UInt8(ascii: "%") {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isRefused else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .headers: hasAnswerHead = true
        case .data(let frame):
            guard case .byteBuffer(let buffer) = frame.data else { break }
            return send(context, data, buffer, promise)
        default: break
        }
        context.write(data, promise: promise)
    }

    private func send(
        _ context: ChannelHandlerContext, _ data: NIOAny, _ buffer: ByteBuffer, _ promise: EventLoopPromise<Void>?
    ) {
        // The computation's claim has ended or is about to.
        let count = buffer.readableBytes
        claim.takeOver(count)
        var answered = 0
        answers.take(buffer.readableBytesView) { _ in
            if !unanswered.isEmpty { answered += unanswered.removeFirst() }
        }
        unsent += 1
        if unsent == 1 { startSendDeadline(context) }
        let done = promise ?? context.eventLoop.makePromise()
        done.futureResult.assumeIsolated().whenComplete { [claim] _ in
            claim.give(count + answered)
            self.unsent -= 1
            self.sendDeadline?.cancel()
            if self.unsent > 0 { self.startSendDeadline(context) }
            self.updateDeadline()
        }
        context.write(data, promise: done)
    }

    private func startSendDeadline(_ context: ChannelHandlerContext) {
        sendDeadline = schedule(context, limits.transfer) { context.close(promise: nil) }
    }

    private func schedule(
        _ context: ChannelHandlerContext, _ time: TimeAmount, _ body: @escaping () -> Void
    ) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: time, body)
    }
}
#endif
