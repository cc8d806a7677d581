import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Scales a transposed convolution's weights by the batch normalisation or constant Mul that follows, and adds a
/// constant Add to its bias.
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
                weights.shape[1] > 0, affine.factor.count % weights.shape[1] == 0,
                view.types?.knownType(node.outputs[0])?.shape.dimensions.dropFirst().first == affine.factor.count,
                case let groups = affine.factor.count / weights.shape[1], weights.shape[0] % groups == 0
            else { return nil }
            var bias: [Float]?
            if convolution.inputs.count > 2, convolution.inputs[2] != nil {
                guard let tensor = view.constant(convolution, 2) else { return nil }
                bias = try tensor.elements(as: Float.self)
            }
            // [channels, filters of a group, taps...]
            let (filters, channel) = (weights.shape[1], weights.shape.elementCount / max(1, weights.shape[0]))
            let (taps, channelsPerGroup) = (channel / filters, weights.shape[0] / groups)
            guard let shifted = affine.bias(after: bias),
                let scaled = try affine.scaled(
                    weights, filter: { $0 / channel / channelsPerGroup * filters + $0 / taps % filters })
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
}
