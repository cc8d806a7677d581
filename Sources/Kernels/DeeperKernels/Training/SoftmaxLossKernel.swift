internal import Glibc

/// Softmax and cross-entropy on logits: losses[r] = -log softmax(logits[r])[label], and their gradient, weight / n
/// (softmax - onehot), where n is the number of rows that count.
///
/// Operands: logits, labels (int32), then the gradient, and 2 `rows` floats: the loss of every row, followed by 1 for
/// every row whose largest logit is the label's, otherwise 0. A row with a label below 0 does not count.
public final class SoftmaxLossKernel: Kernel {
    public var report: KernelReport { KernelReport("softmax cross-entropy") }
    public let tileCount: Int
    private let rows: Int
    private let classes: Int
    private let weight: Float
    private let smoothing: Float

    /// - Parameters:
    ///   - weight: the weight of this loss in the network's loss.
    ///   - smoothing: the share of the target distribution that is spread evenly over all classes.
    public init(rows: Int, classes: Int, weight: Float, smoothing: Float = 0) {
        precondition(rows > 0 && classes > 0)
        self.rows = rows
        self.classes = classes
        self.weight = weight
        self.smoothing = smoothing
        self.tileCount = max(1, min(rows, rows * classes / 8192))
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let labels = operands[1].assumingMemoryBound(to: Int32.self)
        let counted = max(1, (0..<rows).count { labels[$0] >= 0 })
        for row in partition(rows, part: tile, of: tileCount) {
            let logits = operands.floats(0) + row * classes
            let gradient = operands.floats(2) + row * classes
            let label = Int(labels[row])
            guard label < classes else { return operands.report(.indexOutOfRange) }
            var largest = logits[0]
            var best = 0
            for index in 1..<max(1, classes) where logits[index] > largest { (largest, best) = (logits[index], index) }
            var sum = 0.0
            var total = 0.0
            for index in 0..<classes {
                let value = exp(Double(logits[index] - largest))
                gradient[index] = Float(value)
                sum += value
                total += Double(logits[index] - largest)
            }
            guard label >= 0 else {
                gradient.update(repeating: 0, count: classes)
                (operands.floats(3)[row], operands.floats(3)[rows + row]) = (0, 0)
                continue
            }
            let share = Double(smoothing) / Double(classes)
            let scale = Double(weight) / Double(counted)
            for index in 0..<classes {
                let target = share + (index == label ? 1 - Double(smoothing) : 0)
                gradient[index] = Float((Double(gradient[index]) / sum - target) * scale)
            }
            let logSum = log(sum)
            let own = logSum - Double(logits[label] - largest)
            let common = logSum - total / Double(classes)
            operands.floats(3)[row] = Float((1 - Double(smoothing)) * own + Double(smoothing) * common)
            operands.floats(3)[rows + row] = best == label ? 1 : 0
        }
    }
}
