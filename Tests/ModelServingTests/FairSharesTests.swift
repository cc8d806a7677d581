#if Server
import Testing

@testable import DeeperModelServing

struct FairSharesTests {
    /// Runs batches of models that always have waiting requests, one after the other; gives the time that each got.
    private func simulate(_ models: [(name: String, cost: Int, priority: Int)], batches: Int) -> [String: Int] {
        var shares = FairShares()
        var times: [String: Int] = [:]
        for model in models { shares.arrive(model.name) }
        for _ in 0..<batches {
            guard let next = models.min(by: { shares.time(of: $0.name) < shares.time(of: $1.name) }) else { break }
            let guess = shares.begin(next.name, rows: 1, priority: next.priority)
            shares.end(next.name, rows: 1, priority: next.priority, nanoseconds: next.cost, guess: guess)
            times[next.name, default: 0] += next.cost
        }
        return times
    }

    @Test("time is shared evenly, whatever batches cost") func even() {
        let times = simulate([("light", 1, 1), ("heavy", 100, 1), ("middle", 10, 1)], batches: 20_000)
        let largest = times.values.max() ?? 0
        #expect(times.count == 3 && times.values.allSatisfy { largest - $0 <= 100 }, "\(times)")
    }

    @Test("priorities are shares") func priorities() {
        let times = simulate([("a", 7, 1), ("b", 5, 3)], batches: 10_000)
        let ratio = Double(times["b"] ?? 0) / Double(times["a"] ?? 1)
        #expect(abs(ratio - 3) < 0.02, "\(times)")
    }

    @Test("a model without requests gains no claim to the time of others, and no debt") func newcomer() {
        var shares = FairShares()
        shares.arrive("busy")
        for _ in 0..<100 {
            let guess = shares.begin("busy", rows: 1, priority: 1)
            shares.end("busy", rows: 1, priority: 1, nanoseconds: 1000, guess: guess)
        }
        shares.arrive("new")
        #expect(shares.time(of: "new") < shares.time(of: "busy"))
        // One batch of the same cost, and it is the other's turn.
        let guess = shares.begin("new", rows: 1, priority: 1)
        #expect(guess == 0)
        shares.end("new", rows: 1, priority: 1, nanoseconds: 1001, guess: guess)
        #expect(shares.time(of: "busy") < shares.time(of: "new"))
    }

    @Test("a guess that is far off costs others nothing") func wrongGuess() {
        var shares = FairShares()
        shares.arrive("a")
        shares.end("a", rows: 1, priority: 1, nanoseconds: 1000, guess: shares.begin("a", rows: 1, priority: 1))
        let guesses = [shares.begin("a", rows: 8, priority: 1), shares.begin("a", rows: 8, priority: 1)]
        for guess in guesses { shares.end("a", rows: 8, priority: 1, nanoseconds: 100, guess: guess) }
        shares.arrive("b")
        #expect(shares.time(of: "a") == 1200 && shares.time(of: "b") <= 1000)
    }

    @Test("a batch that runs is charged already") func guessed() {
        var shares = FairShares()
        shares.arrive("a")
        shares.arrive("b")
        shares.end("a", rows: 2, priority: 1, nanoseconds: 200, guess: shares.begin("a", rows: 2, priority: 1))
        shares.end("b", rows: 1, priority: 1, nanoseconds: 250, guess: shares.begin("b", rows: 1, priority: 1))
        // A row of a cost 100 nanoseconds.
        #expect(shares.begin("a", rows: 3, priority: 1) == 300)
        #expect(shares.time(of: "a") == 500 && shares.time(of: "b") == 250)
    }
}
#endif
