#if Server
import Testing

@testable import DeeperServing

/// A state whose changes an expectation can ask for: it takes no mutating calls.
@dynamicMemberLookup
private final class Connection {
    private var state = ConnectionState()

    subscript<Value>(dynamicMember path: KeyPath<ConnectionState, Value>) -> Value { state[keyPath: path] }
    func receiveHead() -> ConnectionState.Part { state.receiveHead() }
    func receiveBody() -> ConnectionState.Part { state.receiveBody() }
    func receiveEnd() -> ConnectionState.Part { state.receiveEnd() }
    func completeRead() -> Bool { state.completeRead() }
    func receiveNonsense() -> Bool { state.receiveNonsense() }
    func beginAnswer() -> Bool { state.beginAnswer() }
    func endAnswer() -> ConnectionState.Next { state.endAnswer() }
    func closeInput() { state.closeInput() }
    func leave() { state.leave() }
}

@Suite struct ConnectionStateTests {
    @Test("a request is read and answered, and the connection is idle again") func request() {
        let state = Connection()
        #expect(state.isIdle && state.input == .quiet)
        #expect(state.completeRead(), "bytes that are no head yet begin a request")
        #expect(state.input == .begun)
        #expect(!state.completeRead(), "once")
        #expect(state.receiveHead() == .current && state.input == .reading && !state.isIdle)
        #expect(state.receiveBody() == .current)
        #expect(state.receiveEnd() == .current && state.input == .quiet)
        #expect(!state.completeRead(), "the bytes were understood")
        #expect(!state.beginAnswer() && !state.canExplain)
        #expect(state.endAnswer() == .rest)
        #expect(state.isIdle && state.canExplain)
    }

    @Test("requests that come early wait, and their turn begins with a deadline if they are not whole") func early() {
        for isWhole in [true, false] {
            let state = Connection()
            _ = (state.receiveHead(), state.receiveEnd())
            #expect(state.reads)
            #expect(state.receiveHead() == .early && state.receiveBody() == .early)
            if isWhole { #expect(state.receiveEnd() == .early) }
            #expect(!state.reads, "nothing more is read while a request waits")
            #expect(!state.beginAnswer())
            #expect(state.endAnswer() == .turn(isReading: !isWhole))
            #expect(state.reads)
        }
    }

    @Test("more requests than may wait are too many") func tooMany() {
        let state = Connection()
        var parts: [ConnectionState.Part] = []
        for _ in 0...ConnectionState.mostUnanswered {
            parts.append(state.receiveHead())
            _ = state.receiveEnd()
        }
        #expect(parts.first == .current && parts.last == .tooMany)
        #expect(parts.dropFirst().dropLast().allSatisfy { $0 == .early })
    }

    @Test("an answer that begins before its request has ended is the last one") func last() {
        let state = Connection()
        _ = state.receiveHead()
        #expect(state.beginAnswer())
        #expect(state.receiveBody() == .current, "what still comes is read")
        #expect(state.endAnswer() == .leave)
        state.leave()
        #expect(state.isLeaving && state.receiveHead() == .ignored && state.receiveEnd() == .ignored && !state.isIdle)
    }

    @Test("nonsense is refused, but not after a request, whose answer is then the last") func nonsense() {
        let state = Connection()
        #expect(state.receiveNonsense() && state.canExplain)
        _ = state.receiveHead()
        #expect(state.receiveNonsense(), "in the middle of a request")
        _ = state.receiveEnd()
        #expect(!state.receiveNonsense() && state.phase == .deaf)
        #expect(state.receiveHead() == .ignored && state.unanswered == 1)
        #expect(state.beginAnswer(), "nothing can follow")
        state.leave()
        #expect(!state.receiveNonsense())
    }

    @Test("no error is sent before an answer that is due to an earlier request") func explanation() {
        let state = Connection()
        _ = (state.receiveHead(), state.receiveEnd(), state.receiveHead())
        #expect(!state.canExplain)
    }

    @Test("a client that has gone begins nothing") func gone() {
        let state = Connection()
        state.closeInput()
        #expect(!state.completeRead() && !state.isIdle)
    }
}
#endif
