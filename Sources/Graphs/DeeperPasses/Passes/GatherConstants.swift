import DeeperGraphs
import DeeperTensors

/// Folds constants that quantised networks compute by nodes: scales, zero points and 8-bit weights, as PyTorch writes
/// them. The weights stay in 8 bits, so that products with them are recognised.
struct GatherConstants: Pass {
    static let name = "gather constants of quantised networks"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        guard view.graph.nodes.contains(where: { $0.operatorName == "DequantizeLinear" }) else { return [] }
        return try FoldConstants.rewrites(in: view) { $0.operatorName != "DequantizeLinear" }
    }
}
