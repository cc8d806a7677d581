internal import DeeperAlgebra
internal import DeeperGraphs

/// A factored convolution: a sequence of convolutions, of which the last one has the bias.
struct FactoredConvolution {
    struct Part {
        /// The suffix that is appended to the layer's name; empty for the last part, which keeps the name.
        let suffix: String
        /// [filters, channels, height, width].
        let shape: [Int]
        let weights: [Float]
        let attributes: [String: AttributeValue]
    }

    let parts: [Part]
    let bias: [Float]
    /// The relative error of the weights in the Frobenius norm.
    let weightError: Double

    /// - Parameters:
    ///   - first: [members x rank].
    ///   - second: [(positions * rank) x filters], or [(positions * rank) x rank of the outputs] if there is a last
    ///     factor.
    ///   - last: [rank of the outputs x filters].
    init(_ bank: FilterBank, first: Matrix, second: Matrix, last: Matrix?, bias: [Float], weightError: Double) {
        let layer = bank.layer
        let rank = first.columns
        let (height, width) = (layer.height, layer.width)
        func pointwise(_ suffix: String, _ matrix: Matrix) -> Part {
            // [channels x filters] to [filters, channels, 1, 1].
            Part(
                suffix: suffix, shape: [matrix.columns, matrix.rows, 1, 1], weights: matrix.transposed.values,
                attributes: ["kernel_shape": .ints([1, 1])])
        }
        /// Rows (position, rank) x filters to [filters, rank, height, width].
        func core(_ suffix: String, _ height: Int, _ width: Int, _ attributes: [String: AttributeValue]) -> Part {
            let positions = height * width
            var weights = [Float](repeating: 0, count: second.values.count)
            for filter in 0..<second.columns {
                for channel in 0..<rank {
                    for position in 0..<positions {
                        weights[(filter * rank + channel) * positions + position] =
                            second[position * rank + channel, filter]
                    }
                }
            }
            return Part(
                suffix: suffix, shape: [second.columns, rank, height, width], weights: weights, attributes: attributes)
        }
        switch bank.method {
        case .svd:
            parts = [pointwise("_reduced", first), core("", height, width, layer.window(rows: true, columns: true))]
        case .tucker2:
            parts =
                [
                    pointwise("_reduced", first),
                    core("_core", height, width, layer.window(rows: true, columns: true)),
                ] + (last.map { [pointwise("", $0)] } ?? [])
        case .spatial:
            var column = [Float](repeating: 0, count: first.values.count)
            for filter in 0..<rank {
                for channel in 0..<layer.channels {
                    for row in 0..<height {
                        column[(filter * layer.channels + channel) * height + row] =
                            first[row * layer.channels + channel, filter]
                    }
                }
            }
            parts = [
                Part(
                    suffix: "_column", shape: [rank, layer.channels, height, 1], weights: column,
                    attributes: layer.window(rows: true, columns: false)),
                core("", 1, width, layer.window(rows: false, columns: true)),
            ]
        }
        self.bias = bias
        self.weightError = weightError
    }
}

extension ConvolutionLayer {
    /// The attributes of a part that has the layer's window along some axes and a single tap along the others.
    func window(rows: Bool, columns: Bool) -> [String: AttributeValue] {
        func pick(_ values: [Int], _ neutral: Int) -> [Int] {
            [rows ? values[0] : neutral, columns ? values[1] : neutral]
        }
        var attributes: [String: AttributeValue] = [
            "kernel_shape": .ints(pick([height, width], 1)), "strides": .ints(pick(strides, 1)),
            "dilations": .ints(pick(dilations, 1)),
        ]
        if autoPad == .notSet {
            attributes["pads"] = .ints(pick(Array(pads[..<2]), 0) + pick(Array(pads[2...]), 0))
        } else {
            attributes["auto_pad"] = .string(autoPad.rawValue)
        }
        return attributes
    }
}
