#if Server
internal import DeeperInferenceProtocol
internal import DeeperModelServing
internal import DequeModule
internal import GRPCCore
internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// Adds to a stream what gRPC's transport does not provide: deadlines for slow clients, a limit for all waiting bytes,
/// and a status for messages that are too large.
///
/// Bytes of a request are claimed when they arrive, complete or not, and given back when its answer has been sent.
final class StreamGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    struct Limits {
        var messageByteCount: Int
        /// How long a message may take to arrive, or to be read.
        var transfer: TimeAmount
        /// How long a stream of many messages may be unused.
        var idle: TimeAmount
    }

    /// The event that the stream waits for.
    private enum Wait: Equatable {
        case nothing
        /// The rest of a request, or all of it; with the number of earlier requests.
        case request(Int)
        case use
    }

    /// How long a refused client may keep sending: an immediate reset would make some clients lose the status.
    private static let lingering = TimeAmount.seconds(2)

    /// The bytes that the transport keeps for a stream with its headers, for a frame and for a message, and the largest
    /// padding of a frame.
    private static let streamCost = 32 << 10, frameCost = 256, messageCost = 64, paddingCost = 256

    private let streams: StreamGuards
    private let limits: Limits
    private let claim: ByteBudget.Claim
    private var context: ChannelHandlerContext?
    private var stream = 0

    /// The framing of the bytes that arrive, and of those that have been read.
    private var requests = MessageFraming(), reads = MessageFraming()
    private var answers = MessageFraming()
    /// The bytes held by each complete request that waits for its answer.
    private var unanswered = Deque<Int>()
    /// The bytes held by the frames of the current message in addition to its own bytes.
    private var overhead = 0
    /// The length of the longest message.
    private var longest = 0
    /// Nil before the headers were read.
    private var kind: StreamKind?
    /// Whether messages may be compressed.
    private var isCompressing = false
    private var isInputEnded = false
    private var hasAnswerHead = false
    private var hasAnswerEnd = false
    /// The error if there was no memory for received bytes.
    private var shortage: ServingError?
    /// The reason for refusing the stream, sent when the stream has begun.
    private var refusal: ServingError?
    private var isRefused = false
    private var unsent = 0
    private var wait = Wait.nothing
    private var deadline: Scheduled<Void>?
    private var sendDeadline: Scheduled<Void>?

    init(_ streams: StreamGuards, limits: Limits, claim: ByteBudget.Claim) {
        self.streams = streams
        self.limits = limits
        self.claim = claim
        hold(Self.streamCost)
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

    private func hold(_ count: Int) {
        do { try claim.add(count) } catch { shortage = ServingError(error) }
    }

    func frameBegan(isPadded: Bool) {
        guard refusal == nil else { return }
        let cost = Self.frameCost + (isPadded ? Self.paddingCost : 0)
        overhead += cost
        hold(cost)
    }

    /// Records that bytes of the stream's messages have arrived, which are held from now on.
    func received(_ bytes: some Collection<UInt8>) {
        guard !bytes.isEmpty, refusal == nil else { return }
        hold(bytes.count)
        requests.take(bytes) { count in
            longest = max(longest, count - MessageFraming.prefixByteCount)
            hold(Self.messageCost)
            unanswered.append(count + overhead + Self.messageCost)
            overhead = 0
        }
        check()
        updateDeadline()
    }

    /// Refuses a stream that takes too much, as soon as its method is known.
    private func check() {
        guard let kind, refusal == nil else { return }
        let limit = kind.messageLimit(tensors: limits.messageByteCount)
        longest = max(longest, requests.length)
        if longest > limit {
            refuse(ServingError(.tooLarge, "the message has \(longest) bytes, more than \(limit)"))
        } else if let shortage, kind != .probe {
            refuse(shortage)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var payload = unwrapInboundIn(data)
        switch payload {
        case .headers(var headers):
            isInputEnded = isInputEnded || headers.endStream
            if kind == nil {
                kind = StreamKind(path: headers.headers.first(name: ":path") ?? "")
                isCompressing = headers.headers.takeCompression()
                payload = .headers(headers)
                check()
            }
        case .data(var frame):
            isInputEnded = isInputEnded || frame.endStream
            if case .byteBuffer(let buffer) = frame.data {
                frame.data = .byteBuffer(own(buffer))
                payload = .data(frame)
            }
        default: break
        }
        if let refusal, !isRefused { sayRefusal(refusal, context) }
        guard isRefused else {
            context.fireChannelRead(wrapInboundOut(payload))
            return updateDeadline()
        }
        if isInputEnded { context.close(promise: nil) } else { context.read() }
    }

    /// The bytes of a frame without the connection's buffer in which they arrived, which a single byte would keep
    /// alive, and without the flags that mark messages as compressed.
    private func own(_ buffer: ByteBuffer) -> ByteBuffer {
        var result = buffer
        if buffer.storageCapacity > 2 * buffer.readableBytes { result = ByteBuffer(bytes: buffer.readableBytesView) }
        guard isCompressing else { return result }
        let start = result.readerIndex
        var flags: [Int] = []
        reads.take(result.readableBytesView, onStart: { flags.append(start + $0) }, onEnd: { _ in })
        for place in flags where result.getInteger(at: place, as: UInt8.self) != 0 {
            result.setInteger(UInt8(0), at: place)
        }
        return result
    }

    private func updateDeadline() {
        let next: Wait =
            if let kind, !isInputEnded, refusal == nil {
                if !kind.isStreaming {
                    .request(0)
                } else if requests.isInMessage {
                    .request(requests.ended)
                } else {
                    unanswered.isEmpty ? .use : .nothing
                }
            } else {
                .nothing
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
        // Before the headers have been read there is nothing to answer.
        if kind != nil, let context { sayRefusal(error, context) }
    }

    private func sayRefusal(_ error: ServingError, _ context: ChannelHandlerContext) {
        isRefused = true
        // A stream has only one end; a second one would end the connection.
        guard !hasAnswerEnd else { return context.close(promise: nil) }
        var headers = HPACKHeaders()
        if !hasAnswerHead {
            headers.add(name: ":status", value: "200")
            headers.add(name: "content-type", value: "application/grpc")
        }
        headers.add(name: "grpc-status", value: String(error.kind.rpcCode.rawValue))
        headers.add(name: "grpc-message", value: error.percentEncodedMessage)
        context.writeAndFlush(wrapOutboundOut(.headers(.init(headers: headers, endStream: true))), promise: nil)
        // Ends the call on the server's side.
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

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isRefused else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .headers(let headers):
            hasAnswerHead = true
            hasAnswerEnd = hasAnswerEnd || headers.endStream
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
        // The computation's claim has been released or is about to be.
        let count = buffer.readableBytes
        claim.takeOver(count)
        var answered = 0
        answers.take(buffer.readableBytesView) { _ in
            answered += unanswered.popFirst() ?? 0
        }
        unsent += 1
        if unsent == 1 { startSendDeadline(context) }
        let done = promise ?? context.eventLoop.makePromise()
        done.futureResult.assumeIsolated().whenComplete { [claim] _ in
            // If there was no memory, not everything was claimed; the end of the stream gives back what was claimed.
            claim.give(count + (self.shortage == nil ? answered : 0))
            self.unsent -= 1
            self.sendDeadline?.cancel()
            if self.unsent > 0, self.context != nil { self.startSendDeadline(context) }
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
