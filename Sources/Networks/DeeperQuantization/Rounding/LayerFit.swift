internal import DeeperAlgebra

/// Chooses the 8-bit weights of one product so that its results, for the operands that it reads in the quantised
/// network, are close to those in the float32 network, instead of rounding each weight separately.
///
/// The weights are fitted by least squares and then rounded one after the other: the error from rounding one weight is
/// compensated by the following ones, as far as the numbers that they multiply are correlated (Frantar et al., "GPTQ:
/// Accurate Post-Training Quantization for Generative Pre-trained Transformers", 2023). All of this uses covariances,
/// because the bias compensates for the means.
struct LayerFit {
    /// The damping that keeps fitted weights close to the original ones, in units of the covariances' mean diagonal. It
    /// is large because a few dozen pictures say less than their many windows suggest (measured: 10 gives 2 dB more
    /// than 0.01 on held-back pictures).
    private static let fitDamping = 10.0
    /// The same for the error that the rounding of one weight passes on to others.
    private static let roundingDamping = 0.01

    /// - Parameters:
    ///   - weights: the weights of the float32 network.
    ///   - moments: the moments of each group.
    ///   - least: the smallest scale that a column may have.
    /// - Returns: nil if rounding errors make the covariances singular.
    static func quantized(
        _ weights: WeightMatrix, _ moments: [InputMoments], least: (Int) -> Float
    ) throws -> QuantizedWeights? {
        var fitted = weights
        var factors: [(order: [Int], factor: Matrix)] = []
        let perGroup = weights.columns.count / weights.groups
        for (group, moment) in moments.enumerated() {
            // The mean square of the summed values, to which the rounding errors of the sums are proportional.
            let square =
                moment.ownMean.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, moment.ownMean.count))
            let own = moment.own.damped(by: LayerFit.fitDamping, atLeast: 1e-5 * square)
            let damping = Float(own.damping)
            let columns = group * perGroup..<(group + 1) * perGroup
            // [terms, columns]: the weights that the fit starts from.
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
            // The terms that vary most are rounded first, so that the others can compensate.
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
    /// The matrix with a multiple of its mean diagonal added to the diagonal, and the number that was added.
    fileprivate func damped(by factor: Double, atLeast least: Double) -> (matrix: Matrix, damping: Double) {
        // For terms that never vary, any positive number is enough.
        let damping = max(meanDiagonal, 0) * factor + max(least, 1e-12)
        var result = self
        for index in 0..<rows { result[index, index] += Float(damping) }
        return (result, damping)
    }
}
