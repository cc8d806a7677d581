import DeeperGraphs
import DeeperKernels
import DeeperTensors

extension Rewrite {
    /// Replaces a convolution and the node after it that scales and shifts its channels by one convolution with scaled weights:
    /// factor (W x + b) + addend = (factor W) x + (factor b + addend).
    ///
    /// - Parameter index: the index of the node after the convolution.
    /// - Returns: nil if the nodes do not match, if the convolution's weights are not constant, if it already has an
    ///   activation or its result has other readers, or if a folded number would not be finite, because infinity times
    ///   a sum is not the sum of infinities.
    static func folding(affineStep index: Int, in view: GraphView) throws -> Rewrite? {
        let step = view.graph.nodes[index]
        guard let affine = try AffineStep(step, axis: 1, in: view),
            view.soleConsumer(of: step.inputs[affine.data]) == index,
            let convolution = view.producer(of: step.inputs[affine.data]),
            case let node = view.graph.nodes[convolution],
            var conv = node.operation as? Conv, conv.ending == .none, conv.outputFilters == nil, !conv.addsResidual,
            let weights = view.constant(node, 1), weights.elementType == .float32, weights.shape.rank > 2,
            weights.shape[0] == affine.factor.count
        else { return nil }
        var bias: [Float]?
        if node.inputs.count > 2, node.inputs[2] != nil {
            guard let tensor = view.constant(node, 2) else { return nil }
            bias = try tensor.elements(as: Float.self)
        }
        // Weights that are still in their file are read when they are packed, not here.
        let scaled = affine.factor.contains { $0 != 1 } ? try weights.scaled(by: affine.factor) : weights
        guard let shifted = affine.bias(after: bias), try staysFinite(weights, affine.factor, scaled) else {
            return nil
        }
        var rewrite = Rewrite("fold \(step.name) into \(node.name)", removed: [index])
        var merged = node
        // Without an activation, the node keeps its ONNX form.
        if affine.ending != .none {
            conv.ending = affine.ending
            merged.operation = conv
        }
        merged.inputs = [
            node.inputs[0], rewrite.constant("\(node.name)/folded_weights", scaled, in: view),
            rewrite.constant("\(node.name)/folded_bias", try Tensor(shifted, shape: [shifted.count]), in: view),
        ]
        merged.outputs = step.outputs
        rewrite.exchange(convolution, for: merged)
        return rewrite
    }

    /// Whether no product overflows. Weights that are still in their file are not read to check this if the factors are
    /// small: an overflow would need weights above 10^26.
    private static func staysFinite(_ weights: Tensor, _ factor: [Float], _ scaled: Tensor) throws -> Bool {
        if !weights.isInMemory, factor.allSatisfy({ abs($0) <= 1e12 }) { return true }
        return try zip(weights.elements(as: Float.self), scaled.elements(as: Float.self)).allSatisfy {
            $1.isFinite || !$0.isFinite
        }
    }
}
