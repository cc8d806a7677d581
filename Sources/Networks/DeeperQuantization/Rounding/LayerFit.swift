internal import DeeperAlgebra

/// Chooses the 8-bit weights of one product so that its results, for what it reads in the quantised network, come near to those
/// of the float32 network, instead of rounding each weight for itself.
///
/// The weights are fitted by least squares and then rounded one after the other: what the rounding of one adds, the next
/// ones take away as far as the numbers that they multiply vary together (Frantar et al., "GPTQ: Accurate Post-Training
/// Quantization for Generative Pre-trained Transformers", 2023). All of it on covariances: the bias makes up for means.
struct LayerFit {
    /// What keeps weights near to where they were, in units of the covariances' mean diagonal. Much: a few dozen pictures
    /// say less than their many windows seem to (measured: 10 gives 2 dB more than 0.01 on pictures that were held back).
    private static let fitDamping = 10.0
    /// The same for what the rounding of one weight passes on to others.
    private static let roundingDamping = 0.01

    /// - Parameters:
    ///   - weights: of the float32 network.
    ///   - moments: of each group.
    ///   - least: the least that a column's scale may be.
    /// - Returns: nil where rounding errors leave the covariances without an inverse.
    static func quantized(
        _ weights: WeightMatrix, _ moments: [InputMoments], least: (Int) -> Float
    ) throws -> QuantizedWeights? {
        var fitted = weights
        var factors: [(order: [Int], factor: Matrix)] = []
        let perGroup = weights.columns.count / weights.groups
        for (group, moment) in moments.enumerated() {
            // Rounding errors of sums, in units of what was summed up.
            let square =
                moment.ownMean.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, moment.ownMean.count))
            let own = moment.own.damped(by: LayerFit.fitDamping, atLeast: 1e-5 * square)
            let damping = Float(own.damping)
            let columns = group * perGroup..<(group + 1) * perGroup
            // [terms, columns]: what the fit starts from.
            var start = Matrix(rows: weights.terms.count, columns: perGroup)
            for column in columns {
                for term in weights.terms { start[term, column - columns.lowerBound] = weights[column, term] }
            }
            var wanted = moment.cross * start
            for index in wanted.values.indices { wanted.values[index] += damping * start.values[index] }
            guard let solution = try? LinearAlgebra.solve(own.matrix, wanted) else { return nil }
            for column in columns {
                for term in weights.terms { fitted[column, term] = solution[term, column - columns.lowerBound] }
            }
            // What varies most is rounded first: the others can make up for it.
            let rounded = moment.own.damped(by: LayerFit.roundingDamping, atLeast: 1e-5 * square).matrix
            let order = weights.terms.sorted { (rounded[$0, $0], $1) > (rounded[$1, $1], $0) }
            guard let factor = try? LinearAlgebra.inverseFactor(of: rounded.permuted(order)) else { return nil }
            factors.append((order, factor))
        }
        var result = try QuantizedWeights(fitted, least: least)
        for (group, (order, factor)) in factors.enumerated() {
            for column in group * perGroup..<(group + 1) * perGroup {
                round(column, of: fitted, order, factor, to: &result)
            }
        }
        return result
    }

    private static func round(
        _ column: Int, of weights: WeightMatrix, _ order: [Int], _ factor: Matrix, to result: inout QuantizedWeights
    ) {
        let scale = result.scales[column]
        var left = order.map { weights[column, $0] }
        left.withUnsafeMutableBufferPointer { left in
            factor.values.withUnsafeBufferPointer { factor in
                for (place, term) in order.enumerated() {
                    let stored = QuantizedWeights.rounded(left[place] / scale)
                    result.stored[weights.place(column, term)] = stored
                    let row = place * order.count
                    let error = (left[place] - Float(stored) * scale) / factor[row + place]
                    for next in place + 1..<max(place + 1, left.count) { left[next] -= error * factor[row + next] }
                }
            }
        }
    }
}

extension Matrix {
    /// The matrix with a multiple of its mean diagonal added to the diagonal, and what was added.
    fileprivate func damped(by factor: Double, atLeast least: Double) -> (matrix: Matrix, damping: Double) {
        // Of what never varies, any is enough.
        let damping = max(meanDiagonal, 0) * factor + max(least, 1e-12)
        var result = self
        for index in 0..<rows { result[index, index] += Float(damping) }
        return (result, damping)
    }
}
