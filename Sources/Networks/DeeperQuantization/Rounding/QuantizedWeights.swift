internal import DeeperTensors

/// The weights of a product in int8, and the scale of each column.
struct QuantizedWeights: Sendable {
    /// One for each column, chosen so that its largest weight becomes 127.
    let scales: [Float]
    /// The quantised weights, in the order of the float32 weights.
    var stored: [Int8]
    let shape: Shape
    /// The smallest scale that each column may have, so that its bias, in units of the products' scale, fits in int32.
    let least: [Float]

    /// Rounds to the nearest, ties to even.
    ///
    /// - Parameter least: the smallest scale that a column may have.
    /// - Throws: `invalidInput` for weights that are not finite.
    init(_ weights: WeightMatrix, least: (Int) -> Float) throws {
        guard weights.values.allSatisfy(\.isFinite) else {
            throw DeeperError(.invalidInput, "the weights hold numbers that are not finite")
        }
        var scales: [Float] = []
        for column in weights.columns {
            let largest = weights.terms.reduce(Float(0)) { max($0, abs(weights[column, $1])) }
            let scale = largest / 127
            scales.append(max(scale < ByteScale.least ? 1 : scale, least(column)))
        }
        stored = Array(repeating: 0, count: weights.shape.elementCount)
        for column in weights.columns {
            for term in weights.terms {
                stored[weights.place(column, term)] = QuantizedWeights.rounded(weights[column, term] / scales[column])
            }
        }
        self.least = weights.columns.map(least)
        self.scales = scales
        shape = weights.shape
    }

    static func rounded(_ value: Float) -> Int8 { Int8(min(max(value.rounded(.toNearestOrEven), -127), 127)) }
}
