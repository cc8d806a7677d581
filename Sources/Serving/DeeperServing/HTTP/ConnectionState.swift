#if Server
/// Where an HTTP/1 connection stands: what the client is sending, what is being answered, and whether it is on its way out.
///
/// ``ConnectionGuard`` tells it what happens and does what it says; nothing here knows of channels or time.
struct ConnectionState {
    /// What comes from the client.
    enum Input {
        /// Nothing of a request.
        case quiet
        /// Bytes that are no whole head yet.
        case begun
        /// A request whose head came and whose end did not.
        case reading
    }

    /// What goes to the client.
    enum Answer {
        case none, sending
        /// One that was begun before its request had come to an end: it says that the connection closes.
        case last
    }

    enum Phase {
        case open
        /// What came after the last request was no HTTP: nothing more is understood.
        case deaf
        /// Nothing is read or written any more.
        case leaving
    }

    /// What is to be done with a part of a request.
    enum Part {
        case ignored
        /// It belongs to the request whose turn it is.
        case current
        /// It waits for its turn, in memory.
        case early
        /// The client has sent more requests than it may before their turn.
        case tooMany
    }

    /// Requests that a client may send before their turn.
    static let mostUnanswered = 64

    private(set) var input = Input.quiet
    private(set) var answer = Answer.none
    private(set) var phase = Phase.open
    /// Requests that came and were not answered to the end.
    private(set) var unanswered = 0
    private(set) var isInputClosed = false
    /// Something was understood of what came last.
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

    /// Says whether the bytes that came last begin a request, whose deadline begins with them.
    mutating func completeRead() -> Bool {
        defer { hasParts = false }
        guard !hasParts, input == .quiet, phase != .leaving, !isInputClosed, unanswered == 0 else { return false }
        input = .begun
        return true
    }

    /// Something came that is no HTTP. Says whether it is to be refused: what follows a request must not take its answer
    /// from it.
    mutating func receiveNonsense() -> Bool {
        if unanswered > 0, input != .reading {
            if phase == .open { phase = .deaf }
            return false
        }
        return phase != .leaving
    }

    mutating func closeInput() { isInputClosed = true }

    /// Nothing more is read while a request waits for the answer to another one.
    var reads: Bool { unanswered <= 1 || phase == .leaving }

    /// Whether nobody waits for an answer: the server may end the connection after a while.
    var isIdle: Bool { unanswered == 0 && phase != .leaving && !isInputClosed }

    // MARK: To the client

    /// Whether the connection can say why it ends: neither behind an answer that is half sent, nor in front of one that is
    /// still due.
    var canExplain: Bool { answer == .none && unanswered <= 1 }

    /// Begins an answer. Says whether it must announce that the connection closes.
    mutating func beginAnswer() -> Bool {
        let isLast = unanswered == 1 && (input == .reading || phase == .deaf)
        answer = isLast ? .last : .sending
        return isLast
    }

    /// What follows an answer.
    enum Next: Equatable {
        case leave
        /// The next request's turn, part of which may still have to come: its deadline begins.
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
