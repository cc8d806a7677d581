internal import DeeperAlgebra
internal import DeeperTensors

/// A convolution's filters as a matrix [(taps * channels) x filters], and a method's division of the rows: into
/// positions of the second factor, each with the group of rows (members) that the first factor combines.
struct FilterBank {
    let layer: ConvolutionLayer
    let method: ReductionMethod
    /// The filters with rows in the method's order, (position, member).
    let matrix: Matrix
    /// Row i of the method's order is row order[i] of the order (tap row, tap column, channel).
    let order: [Int]
    let positions: Int
    let members: Int

    /// - Parameter weights: [filters, channels, height, width] row-major.
    init(_ layer: ConvolutionLayer, _ method: ReductionMethod, weights: [Float]) {
        self.layer = layer
        self.method = method
        let (channels, height, width) = (layer.channels, layer.height, layer.width)
        var order: [Int] = []
        switch method {
        case .svd, .tucker2:
            order = Array(0..<layer.taps * channels)
            (positions, members) = (layer.taps, channels)
        case .spatial:
            for column in 0..<width {
                for row in 0..<height {
                    for channel in 0..<channels { order.append((row * width + column) * channels + channel) }
                }
            }
            (positions, members) = (width, height * channels)
        }
        self.order = order
        var plain = Matrix(rows: layer.taps * channels, columns: layer.filters)
        for filter in 0..<layer.filters {
            for channel in 0..<channels {
                for tap in 0..<layer.taps {
                    plain[tap * channels + channel, filter] =
                        weights[(filter * channels + channel) * layer.taps + tap]
                }
            }
        }
        matrix = plain.permutedRows(order)
    }

    /// The matrix [members x (positions * filters)] from which the first factor is computed.
    var unfolded: Matrix {
        var result = Matrix(rows: members, columns: positions * layer.filters)
        for position in 0..<positions {
            result.setBlock(
                row: 0, column: position * layer.filters,
                matrix.block(rows: position * members..<(position + 1) * members, columns: 0..<layer.filters))
        }
        return result
    }
}
