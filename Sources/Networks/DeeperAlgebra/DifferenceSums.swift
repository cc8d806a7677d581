package import DeeperTensors

/// Accumulates how far values differ from the values that they should have.
package struct DifferenceSums {
    private var difference = 0.0
    private var square = 0.0
    private var sum = 0.0
    private var count = 0.0

    package init() {}

    package mutating func add(_ wanted: Tensor, _ found: Tensor) throws {
        for (x, y) in zip(try wanted.elements(as: Float.self), try found.elements(as: Float.self)) {
            difference += Double(x - y) * Double(x - y)
            square += Double(x) * Double(x)
            sum += Double(x)
            count += 1
        }
    }

    /// The root mean square of the difference, divided by that of the wanted values' deviation from their mean.
    package var relativeError: Double {
        let variance = square - sum * sum / max(1, count)
        if variance <= 0 { return difference == 0 ? 0 : .infinity }
        return (difference / variance).squareRoot()
    }
}
