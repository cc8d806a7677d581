#if CommandLine
/// Counts of right and wrong answers.
struct AccuracyScore {
    private(set) var count = 0
    private var hits1 = 0
    private var hits5 = 0
    private var pairs: [SIMD2<Int>: Int] = [:]

    var top1: Double { count == 0 ? 0 : Double(hits1) / Double(count) }
    var top5: Double { count == 0 ? 0 : Double(hits5) / Double(count) }

    /// The outputs that occur as a label or an answer, in ascending order.
    var outputs: [Int] { Set(pairs.keys.flatMap { [$0[0], $0[1]] }).sorted() }

    /// The number of pictures by label (row) and answer (column), for each of ``outputs``.
    var confusion: [[Int]] {
        let outputs = outputs
        return outputs.map { label in outputs.map { pairs[SIMD2(label, $0)] ?? 0 } }
    }

    /// The pictures and right first answers of each class that occurs as a label, in ascending order.
    var classes: [(output: Int, count: Int, right: Int)] {
        var result: [Int: (count: Int, right: Int)] = [:]
        for (pair, count) in pairs {
            result[pair[0], default: (0, 0)].count += count
            if pair[0] == pair[1] { result[pair[0], default: (0, 0)].right += count }
        }
        return result.sorted { $0.key < $1.key }.map { ($0.key, $0.value.count, $0.value.right) }
    }

    /// - Parameters:
    ///   - answer: outputs, the best first.
    ///   - label: the correct output.
    mutating func add(_ answer: [Int], label: Int) {
        count += 1
        if answer.first == label { hits1 += 1 }
        if answer.prefix(5).contains(label) { hits5 += 1 }
        pairs[SIMD2(label, answer.first ?? 0), default: 0] += 1
    }
}
#endif
