internal import DeeperTensors

/// Means and covariances of a convolution's windows over calibration pictures, in the order of the windows' columns.
package struct InputMoments {
    /// The covariances of the layer's windows in the reduced or quantised network.
    package let own: Matrix
    /// The covariances between those windows (rows) and the layer's windows in the original network (columns).
    package let cross: Matrix
    package let ownMean: [Float]
    package let originalMean: [Float]
    package let windowCount: Int

    package func permuted(_ order: [Int]) -> InputMoments {
        InputMoments(
            own: own.permuted(order), cross: cross.permuted(order), ownMean: order.map { ownMean[$0] },
            originalMean: order.map { originalMean[$0] }, windowCount: windowCount)
    }
}

/// Accumulates windows.
package struct MomentSums {
    private var own: Matrix
    /// Nil as long as the windows of both networks are the same.
    private var cross: Matrix?
    private var ownSum: [Double]
    private var originalSum: [Double]
    private var count = 0

    /// - Throws: `limitExceeded` for windows whose covariances would not fit into memory.
    package init(extent: Int) throws {
        guard extent <= MomentSums.largestExtent else {
            throw DeeperError(
                .limitExceeded,
                "windows of \(extent) values are too large to calibrate with, supported: \(MomentSums.largestExtent)")
        }
        own = Matrix(rows: extent, columns: extent)
        ownSum = Array(repeating: 0, count: extent)
        originalSum = ownSum
    }

    /// The largest window extent, at which each covariance matrix takes 1 GiB.
    private static let largestExtent = 16_384

    /// - Parameters:
    ///   - windows: the windows in the reduced or quantised network, one per row.
    ///   - originals: the same windows in the original network. Nil if they are equal; it must be nil in all calls or
    ///     in none.
    package mutating func add(_ windows: Matrix, _ originals: Matrix?) throws {
        let turned = windows.transposed
        if let originals {
            let (products, mixed) = try inParallel({ turned * windows }, { turned * originals })
            own.add(products)
            cross = cross ?? Matrix(rows: own.rows, columns: own.columns)
            cross?.add(mixed)
        } else {
            let half = turned.rows / 2
            let all = 0..<turned.columns
            let (upper, lower) = try inParallel(
                { turned.block(rows: 0..<half, columns: all) * windows },
                { turned.block(rows: half..<turned.rows, columns: all) * windows })
            own.add(Matrix(rows: own.rows, columns: own.columns, upper.values + lower.values))
        }
        MomentSums.add(windows, to: &ownSum)
        MomentSums.add(originals ?? windows, to: &originalSum)
        count += windows.rows
    }

    private static func add(_ windows: Matrix, to sums: inout [Double]) {
        for row in 0..<windows.rows {
            for column in 0..<windows.columns { sums[column] += Double(windows.values[row * windows.columns + column]) }
        }
    }

    package var moments: InputMoments {
        let scale = 1 / Double(max(1, count))
        let (ownMean, originalMean) = (ownSum.map { Float($0 * scale) }, originalSum.map { Float($0 * scale) })
        func centred(_ matrix: Matrix, _ left: [Float], _ right: [Float]) -> Matrix {
            var result = matrix
            for row in 0..<matrix.rows {
                for column in 0..<matrix.columns {
                    result[row, column] = Float(
                        Double(matrix[row, column]) * scale - Double(left[row]) * Double(right[column]))
                }
            }
            return result
        }
        let covariance = centred(own, ownMean, ownMean)
        return InputMoments(
            own: covariance, cross: cross.map { centred($0, ownMean, originalMean) } ?? covariance, ownMean: ownMean,
            originalMean: originalMean, windowCount: count)
    }
}
