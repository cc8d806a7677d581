#if Server
/// The state of an HTTP/1 connection: what the client is sending, what is being answered, and whether the connection is
/// closing.
///
/// ``ConnectionGuard`` reports events to it and carries out its decisions; nothing here depends on channels or time.
struct ConnectionState {
    /// What the client is sending.
    enum Input {
        /// No part of a request.
        case quiet
        /// An incomplete head.
        case begun
        /// A request whose head has arrived and whose end has not.
        case reading
    }

    /// What is being sent to the client.
    enum Answer {
        case none, sending
        /// The last answer: it announces that the connection closes.
        case last
    }

    enum Phase {
        case open
        /// The bytes after the last request were not HTTP: nothing more is parsed.
        case deaf
        /// Nothing is read or written any more.
        case leaving
    }

    /// How a part of a request is to be treated.
    enum Part {
        case ignored
        /// It belongs to the request whose turn it is.
        case current
        /// It waits for its turn, in memory.
        case early
        /// The client has sent more requests than it may before their turn.
        case tooMany
    }

    /// The number of unanswered requests that a client may send.
    static let mostUnanswered = 64

    private(set) var input = Input.quiet
    private(set) var answer = Answer.none
    private(set) var phase = Phase.open
    /// The number of requests that have arrived and have not been completely answered.
    private(set) var unanswered = 0
    private(set) var isInputClosed = false
    /// Whether the bytes that arrived last contained a part of a request.
    private var hasParts = false

    var isLeaving: Bool { phase == .leaving }

    // MARK: From the client

    mutating func receiveHead() -> Part {
        guard phase == .open else { return .ignored }
        hasParts = true
        input = .reading
        unanswered += 1
        return unanswered == 1 ? .current : unanswered > ConnectionState.mostUnanswered ? .tooMany : .early
    }

    mutating func receiveBody() -> Part {
        guard phase == .open else { return .ignored }
        hasParts = true
        return unanswered > 1 ? .early : .current
    }

    mutating func receiveEnd() -> Part {
        guard phase == .open else { return .ignored }
        hasParts = true
        input = .quiet
        return unanswered > 1 ? .early : .current
    }

    /// Returns whether the bytes that arrived last begin a request, and with it its deadline.
    mutating func completeRead() -> Bool {
        defer { hasParts = false }
        guard !hasParts, input == .quiet, phase != .leaving, !isInputClosed, unanswered == 0 else { return false }
        input = .begun
        return true
    }

    /// Records that something other than HTTP has arrived. Returns whether it is to be refused: what follows a request
    /// must not prevent the request's answer.
    mutating func receiveNonsense() -> Bool {
        if unanswered > 0, input != .reading {
            if phase == .open { phase = .deaf }
            return false
        }
        return phase != .leaving
    }

    mutating func closeInput() { isInputClosed = true }

    /// Whether to read: nothing more is read while a request waits for the answer to another one.
    var reads: Bool { unanswered <= 1 || phase == .leaving }

    /// Whether nobody waits for an answer: the server may end the connection after a while.
    var isIdle: Bool { unanswered == 0 && phase != .leaving && !isInputClosed }

    // MARK: To the client

    /// Whether the connection can send the reason why it ends: neither after a partly sent answer, nor before one that
    /// is still due.
    var canExplain: Bool { answer == .none && unanswered <= 1 }

    /// Begins an answer. Returns whether it must announce that the connection closes.
    mutating func beginAnswer() -> Bool {
        let isLast = unanswered == 1 && (input == .reading || phase == .deaf)
        answer = isLast ? .last : .sending
        return isLast
    }

    /// What follows an answer.
    enum Next: Equatable {
        case leave
        /// The next request's turn; if part of it is still to come, its deadline begins.
        case turn(isReading: Bool)
        case rest
    }

    mutating func endAnswer() -> Next {
        defer { answer = .none }
        if answer == .last { return .leave }
        unanswered -= 1
        return unanswered == 1 ? .turn(isReading: input == .reading) : .rest
    }

    mutating func leave() { phase = .leaving }
}
#endif
