#if Server
internal import CoreMetrics
internal import Synchronization

/// The values of one metric with one set of labels.
final class Series: Sendable {
    enum Kind: String, Sendable { case counter, gauge, histogram }

    private struct State {
        var value = 0.0
        var sum = 0.0
        var counts: [Int]
    }

    private let kind: Kind
    private let buckets: [Double]
    private let state: Mutex<State>

    init(_ kind: Kind, buckets: [Double]) {
        self.kind = kind
        self.buckets = buckets
        self.state = Mutex(State(counts: Array(repeating: 0, count: buckets.count + 1)))
    }

    private func add(_ amount: Double) { state.withLock { $0.value += amount } }
    private func put(_ value: Double) { state.withLock { $0.value = value } }

    private func observe(_ value: Double) {
        let bucket = buckets.firstIndex { value <= $0 } ?? buckets.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    /// The lines of the text format.
    func lines(_ name: String, _ labels: String) -> String {
        let (value, sum, counts) = state.withLock { ($0.value, $0.sum, $0.counts) }
        let braces = labels.isEmpty ? "" : "{\(labels)}"
        guard kind == .histogram else { return "\(name)\(braces) \(number(value))\n" }
        var result = ""
        var count = 0
        for (bucket, bound) in (buckets.map(number) + ["+Inf"]).enumerated() {
            count += counts[bucket]
            result += "\(name)_bucket{\(labels.isEmpty ? "" : labels + ",")le=\"\(bound)\"} \(count)\n"
        }
        return result + "\(name)_sum\(braces) \(number(sum))\n\(name)_count\(braces) \(count)\n"
    }

    private func number(_ value: Double) -> String {
        value.isNaN ? "NaN" : value == .infinity ? "+Inf" : value == -.infinity ? "-Inf" : "\(value)"
    }
}

extension Series: CounterHandler, FloatingPointCounterHandler {
    func increment(by amount: Int64) { add(Double(amount)) }
    func increment(by amount: Double) { add(amount) }
    func reset() { put(0) }
}

extension Series: MeterHandler {
    func set(_ value: Int64) { put(Double(value)) }
    func set(_ value: Double) { put(value) }
    func decrement(by amount: Double) { add(-amount) }
}

extension Series: RecorderHandler {
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) { kind == .histogram ? observe(value) : put(value) }
}

extension Series: TimerHandler {
    func recordNanoseconds(_ duration: Int64) { observe(Double(duration) / 1e9) }
}
#endif
