import DeeperGraphs
import DeeperKernels
import DeeperTensors

extension Rewrite {
    /// Replaces a convolution and the affine node behind it by one convolution with scaled weights:
    /// factor (W x + b) + addend = (factor W) x + (factor b + addend).
    ///
    /// - Parameters:
    ///   - factor, addend: one value a filter.
    /// - Returns: nil if the convolution's weights are not constant or it already has an activation, or if a folded number
    ///   would not be finite: infinity times a sum is not the sum of infinities.
    static func scaling(
        _ convolution: Int, _ affine: Int, factor: [Float], addend: [Float], in view: GraphView
    ) throws -> Rewrite? {
        let graph = view.graph
        let node = graph.nodes[convolution]
        guard var conv = node.operation as? Conv, conv.ending == .none, conv.outputFilters == nil,
            !conv.addsResidual,
            let weights = view.constant(node, 1), weights.elementType == .float32, weights.shape.rank > 2,
            weights.shape[0] == factor.count, factor.count == addend.count
        else { return nil }
        var bias = [Float](repeating: 0, count: factor.count)
        if node.inputs.count > 2, node.inputs[2] != nil {
            guard let tensor = view.constant(node, 2), tensor.shape.elementCount == factor.count else { return nil }
            bias = try tensor.elements(as: Float.self)
        }
        var rewrite = Rewrite("fold \(graph.nodes[affine].name) into \(node.name)", removed: [affine])
        let scaled = factor.contains { $0 != 1 } ? try weights.scaled(by: factor) : weights
        let shifted = bias.indices.map { bias[$0] * factor[$0] + addend[$0] }
        guard (factor + shifted).allSatisfy(\.isFinite), try staysFinite(weights, factor, scaled) else { return nil }
        var merged = node
        merged.inputs = [
            node.inputs[0], rewrite.constant("\(node.name)/folded_weights", scaled, in: view),
            rewrite.constant("\(node.name)/folded_bias", try Tensor(shifted, shape: [shifted.count]), in: view),
        ]
        merged.outputs = graph.nodes[affine].outputs
        if let ending = (graph.nodes[affine].operation as? any ActivatingOperator)?.ending, ending != .none {
            conv.ending = ending
            merged.operation = conv
        }
        rewrite.exchange(convolution, for: merged)
        return rewrite
    }

    /// Whether no product overflows. Weights that are still in their file are not read for it: small factors would need
    /// weights above 10^26.
    private static func staysFinite(_ weights: Tensor, _ factor: [Float], _ scaled: Tensor) throws -> Bool {
        if !weights.isInMemory, factor.allSatisfy({ abs($0) <= 1e12 }) { return true }
        return try zip(weights.elements(as: Float.self), scaled.elements(as: Float.self)).allSatisfy {
            $1.isFinite || !$0.isFinite
        }
    }
}
