import DeeperGraphs
import DeeperTensors

/// Computes what quantised networks have as nodes although it is known (scales, zero points and 8-bit weights, as PyTorch
/// writes them), and leaves those weights in 8 bits, so that products of them are recognised.
struct GatherConstants: Pass {
    static let name = "gather constants of quantised networks"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        guard view.graph.nodes.contains(where: { $0.operatorName == "DequantizeLinear" }) else { return [] }
        return try FoldConstants.rewrites(in: view) { $0.operatorName != "DequantizeLinear" }
    }
}
