internal import DeeperAlgebra
internal import DeeperTensors

/// Factors a layer's filters so that the layer's outputs, over its inputs, change least.
///
/// The first factor spans the largest singular directions of the filters, weighted by the covariance of its inputs.
/// Given the first, the second factor is the least-squares solution over whole windows, kept close to the filters' own
/// factor where the pictures provide little information. Without calibration, both factors are those of the truncated
/// singular value decomposition.
struct FilterFactorizer {
    private let bank: FilterBank
    private let moments: InputMoments?
    private let inverseRoot: Matrix?
    private let singular: LinearAlgebra.SingularValues
    /// The eigenvalues of the outputs' covariance in descending order; only for `tucker2`.
    private let outputSpectrum: [Float]

    /// How strongly the second factor is kept close to the filters' own, as a share of its inputs' mean variance.
    private static let ridge = 1e-3
    /// Directions with less variance than this share of the largest are treated as having this share.
    private static let smallestVariance: Float = 1e-5

    /// - Parameters:
    ///   - weights: [filters, channels, height, width] row-major.
    ///   - moments: the moments of the layer's windows; nil without calibration.
    init(
        _ layer: ConvolutionLayer, _ method: ReductionMethod, weights: [Float], moments: InputMoments?
    ) throws {
        bank = FilterBank(layer, method, weights: weights)
        self.moments = moments?.permuted(bank.order)
        if let moments = self.moments {
            let (values, vectors) = try LinearAlgebra.eigen(of: FilterFactorizer.memberCovariance(moments.own, bank))
            let least = max((values.first ?? 0) * FilterFactorizer.smallestVariance, .leastNormalMagnitude)
            let deviations = values.map { max($0, least).squareRoot() }
            let turned = vectors.transposed
            inverseRoot = vectors * turned.scaledRows(deviations.map { 1 / $0 })
            singular = try LinearAlgebra.singularValues(of: vectors * turned.scaledRows(deviations) * bank.unfolded)
        } else {
            inverseRoot = nil
            singular = try LinearAlgebra.singularValues(of: bank.unfolded)
        }
        if method == .tucker2 {
            let filters = bank.matrix
            let weighted = self.moments.map { $0.own * filters } ?? filters
            let covariance = filters.transposed * weighted
            outputSpectrum = try LinearAlgebra.eigen(of: covariance).values.map { max($0, 0) }
        } else {
            outputSpectrum = []
        }
    }

    /// The mean covariance of the rows that the first factor combines, over its positions.
    private static func memberCovariance(_ own: Matrix, _ bank: FilterBank) -> Matrix {
        var sum = Matrix(rows: bank.members, columns: bank.members)
        for position in 0..<bank.positions {
            let range = position * bank.members..<(position + 1) * bank.members
            sum = sum + own.block(rows: range, columns: range)
        }
        let scale = 1 / Float(max(1, bank.positions))
        return Matrix(rows: sum.rows, columns: sum.columns, sum.values.map { $0 * scale })
    }

    /// All ranks that save multiply-accumulates, each with the share of the outputs' energy that it loses at most (an
    /// estimate if there are two ranks or calibration).
    var candidates: [RankCandidate] {
        let input = FilterFactorizer.lostShares(singular.values.map { Double($0) * Double($0) })
        let full = bank.layer.fullRanks(bank.method)
        var result: [RankCandidate] = []
        for first in 1...max(1, full[0]) {
            if bank.method == .tucker2 {
                let output = FilterFactorizer.lostShares(outputSpectrum.map(Double.init))
                for second in 1...max(1, full[1]) {
                    result.append(candidate([first, second], input[first] + output[second]))
                }
            } else {
                result.append(candidate([first], input[first]))
            }
        }
        return result.filter { $0.macs < bank.layer.macs }
    }

    private func candidate(_ ranks: [Int], _ loss: Double) -> RankCandidate {
        RankCandidate(ranks: ranks, macs: bank.layer.macs(bank.method, ranks: ranks), loss: min(1, loss))
    }

    /// The lost share of the energy by the number of energies that are kept.
    private static func lostShares(_ energies: [Double]) -> [Double] {
        let total = energies.reduce(0, +)
        guard total > 0 else { return Array(repeating: 0, count: energies.count + 1) }
        var rest = total
        return [1]
            + energies.map { energy in
                rest -= energy
                return max(0, rest / total)
            }
    }

    /// The lowest ranks that keep a share of the energy in every mode.
    func ranks(keeping energy: Double) -> [Int] {
        let input = FilterFactorizer.lostShares(singular.values.map { Double($0) * Double($0) })
        func least(_ lost: [Double]) -> Int { max(1, lost.firstIndex { $0 <= 1 - energy } ?? lost.count - 1) }
        return bank.method == .tucker2
            ? [least(input), least(FilterFactorizer.lostShares(outputSpectrum.map(Double.init)))] : [least(input)]
    }

    /// The layer's parts at the given ranks.
    ///
    /// - Parameter bias: the bias of the layer; zeros if it has none.
    func factors(ranks: [Int], bias: [Float]) throws -> FactoredConvolution {
        let rank = ranks[0]
        let (first, start) = firstFactor(rank)
        var second = start
        // The covariance of the second factor's inputs, multiplied by the second factor.
        let weighted: Matrix
        if let moments {
            let own = projected(moments.own, by: first)
            second = try refined(
                start, own, projectedRows(moments.cross * bank.matrix, by: first), windows: moments.windowCount)
            weighted = own * second
        } else {
            // The first factor's columns are orthogonal, and their squared lengths are the singular values.
            let lengths = (0..<bank.positions).flatMap { _ in singular.values.prefix(rank) }
            weighted = second.scaledRows(lengths)
        }
        var last: Matrix?
        if bank.method == .tucker2 {
            let directions = try LinearAlgebra.eigen(of: second.transposed * weighted).vectors.prefix(columns: ranks[1])
            second = second * directions
            last = directions.transposed
        }
        let whole = last.map { second * $0 } ?? second
        return FactoredConvolution(
            bank, first: first, second: second, last: last, bias: correctedBias(bias, first, whole),
            weightError: weightError(first, whole))
    }

    /// The first factor, [members x rank], and the matching second factor, [(positions * rank) x filters].
    private func firstFactor(_ rank: Int) -> (first: Matrix, second: Matrix) {
        let scales = singular.values.prefix(rank).map { max($0, .leastNormalMagnitude).squareRoot() }
        let left = singular.left.prefix(columns: rank).transposed.scaledRows(scales).transposed
        let right = singular.right.prefix(rows: rank).scaledRows(scales)
        var second = Matrix(rows: bank.positions * rank, columns: bank.layer.filters)
        for position in 0..<bank.positions {
            let columns = position * bank.layer.filters..<(position + 1) * bank.layer.filters
            second.setBlock(row: position * rank, column: 0, right.block(rows: 0..<rank, columns: columns))
        }
        return (inverseRoot.map { $0 * left } ?? left, second)
    }

    /// The least-squares fit to the original outputs, kept close to `start`.
    private func refined(_ start: Matrix, _ own: Matrix, _ target: Matrix, windows: Int) throws -> Matrix {
        // The fewer windows there are per unknown, the less information they provide.
        let perWindow = Double(own.rows) / Double(max(1, windows))
        let weight = Float(own.meanDiagonal * (FilterFactorizer.ridge + 0.1 * perWindow))
        var system = own
        for index in 0..<own.rows { system[index, index] += max(weight, .leastNormalMagnitude) }
        let pull = Matrix(rows: start.rows, columns: start.columns, start.values.map { $0 * weight })
        return try LinearAlgebra.solve(system, target + pull)
    }

    /// Converts a covariance of windows to that of the first factor's outputs.
    private func projected(_ covariance: Matrix, by first: Matrix) -> Matrix {
        projectedRows(projectedRows(covariance, by: first).transposed, by: first)
    }

    /// Converts rows (position, member) to rows (position, rank).
    private func projectedRows(_ matrix: Matrix, by first: Matrix) -> Matrix {
        let turned = first.transposed
        var result = Matrix(rows: bank.positions * first.columns, columns: matrix.columns)
        for position in 0..<bank.positions {
            let rows = position * bank.members..<(position + 1) * bank.members
            result.setBlock(
                row: position * first.columns, column: 0,
                turned * matrix.block(rows: rows, columns: 0..<matrix.columns))
        }
        return result
    }

    /// The bias that preserves the outputs' means.
    private func correctedBias(_ bias: [Float], _ first: Matrix, _ second: Matrix) -> [Float] {
        guard let moments else { return bias }
        let before = Matrix(rows: 1, columns: bank.matrix.rows, moments.originalMean) * bank.matrix
        let means = Matrix(rows: moments.ownMean.count, columns: 1, moments.ownMean)
        let after = projectedRows(means, by: first).transposed * second
        return bias.indices.map { bias[$0] + before.values[$0] - after.values[$0] }
    }

    /// The relative difference between the product of the parts and the filters, in the Frobenius norm.
    private func weightError(_ first: Matrix, _ second: Matrix) -> Double {
        var difference = 0.0
        for position in 0..<bank.positions {
            let rank = first.columns
            let own = bank.matrix.block(
                rows: position * bank.members..<(position + 1) * bank.members, columns: 0..<bank.layer.filters)
            let made =
                first
                * second.block(rows: position * rank..<(position + 1) * rank, columns: 0..<bank.layer.filters)
            difference += (own - made).squaredNorm
        }
        let all = bank.matrix.squaredNorm
        return all == 0 ? 0 : (difference / all).squareRoot()
    }
}
