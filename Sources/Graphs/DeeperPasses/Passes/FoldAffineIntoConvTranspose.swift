import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Scales a transposed convolution's weights by the batch normalisation or the constant Mul behind it, and adds a constant Add
/// to its bias.
struct FoldAffineIntoConvTranspose: Pass {
    static let name = "fold constant scale and shift into ConvTranspose"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        try view.graph.nodes.indices.compactMap { index in
            let node = view.graph.nodes[index]
            guard let affine = try AffineStep(node, axis: 1, in: view),
                view.soleConsumer(of: node.inputs[affine.data]) == index,
                let position = view.producer(of: node.inputs[affine.data]),
                case let convolution = view.graph.nodes[position],
                var operation = convolution.operation as? ConvTranspose, operation.ending == .none,
                let weights = view.constant(convolution, 1), weights.elementType == .float32, weights.shape.rank > 2,
                weights.shape[1] > 0, affine.factor.count % weights.shape[1] == 0
            else { return nil }
            var bias: [Float]?
            if convolution.inputs.count > 2, convolution.inputs[2] != nil {
                guard let tensor = view.constant(convolution, 2) else { return nil }
                bias = try tensor.elements(as: Float.self)
            }
            guard let shifted = affine.bias(after: bias),
                let scaled = try scaled(weights, by: affine.factor)
            else { return nil }
            var rewrite = Rewrite("fold \(node.name) into \(convolution.name)", removed: [index])
            var merged = convolution
            merged.inputs = [
                convolution.inputs[0], rewrite.constant("\(convolution.name)/folded_weights", scaled, in: view),
                rewrite.constant(
                    "\(convolution.name)/folded_bias", try Tensor(shifted, shape: [shifted.count]), in: view),
            ]
            operation.ending = affine.ending
            merged.operation = operation
            merged.outputs = node.outputs
            rewrite.exchange(position, for: merged)
            return rewrite
        }
    }

    /// Weights [channels, filters of a group, taps...], each filter times its factor; nil where one would not be finite.
    private func scaled(_ weights: Tensor, by factor: [Float]) throws -> Tensor? {
        if factor.allSatisfy({ $0 == 1 }) { return weights }
        let (channels, filters) = (weights.shape[0], weights.shape[1])
        let taps = weights.shape.elementCount / max(1, channels * filters)
        let groups = factor.count / filters
        guard channels % groups == 0 else { return nil }
        var values = try weights.elements(as: Float.self)
        for channel in 0..<channels {
            let firstFilter = channel / (channels / groups) * filters
            for filter in 0..<filters {
                for tap in 0..<taps {
                    let place = (channel * filters + filter) * taps + tap
                    let product = values[place] * factor[firstFilter + filter]
                    guard product.isFinite || !values[place].isFinite else { return nil }
                    values[place] = product
                }
            }
        }
        return try Tensor(values, shape: weights.shape)
    }
}
