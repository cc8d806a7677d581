import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Replaces a sum of convolutions and batch normalisations of one value by a single convolution: RepVGG, MobileOne and
/// FastViT are trained with such branches.
struct MergeParallelConvolutions: Pass {
    static let name = "merge parallel convolutions"
    private static let mostBranches = 16

    /// The nodes that make the summands of a sum, and the nested sums.
    private struct Summands {
        var branches: [(node: Int, factor: Double)] = []
        var sums: [Int] = []
    }

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        var rewrites: [Rewrite] = []
        // From the end, so that the largest sum comes first.
        for index in view.graph.nodes.indices.reversed() {
            let node = view.graph.nodes[index]
            guard isSum(node), let output = node.outputs[0], let type = view.types?.knownType(output),
                type.shape.rank > 2,
                let summands = summands(of: index, type, in: view), summands.branches.count > 1
            else { continue }
            var merged: LinearBranch?
            for (place, factor) in summands.branches {
                guard
                    let branch = try LinearBranch(view.graph.nodes[place], rank: type.shape.rank, in: view)?
                        .scaled(by: factor)
                else {
                    merged = nil
                    break
                }
                guard let sum = merged.map({ $0.adding(branch) }) ?? branch else {
                    merged = nil
                    break
                }
                merged = sum
            }
            let parts = summands.branches.map(\.node)
            var rewrite = Rewrite("merge \(parts.map { view.graph.nodes[$0].name }.joined(separator: " + "))")
            rewrite.removed = Set(parts + summands.sums)
            guard let merged,
                let convolution = try merged.node(
                    named: node.name, ending: (node.operation as? any ActivatingOperator)?.ending ?? .none,
                    output: output,
                    &rewrite, in: view)
            else { continue }
            rewrite.added.append((index, convolution))
            rewrites.append(rewrite)
        }
        return rewrites
    }

    private func isSum(_ node: Node) -> Bool {
        node.inputs.count == 2
            && ((node.operation is Add || node.operation is Sub) && node.operation.alignsLastAxes
                || node.operation is Sum)
    }

    /// Returns nil if a summand is used by other nodes as well, or is broadcast.
    private func summands(of index: Int, _ type: TensorType, in view: GraphView) -> Summands? {
        var result = Summands()
        var open = [(node: index, factor: 1.0)]
        while let (place, factor) = open.popLast() {
            let node = view.graph.nodes[place]
            result.sums.append(place)
            for (input, value) in node.inputs.enumerated() {
                guard view.types?.knownType(value) == type, let maker = view.producer(of: value),
                    view.soleConsumer(of: value) == place
                else { return nil }
                let sign = node.operation is Sub && input == 1 ? -factor : factor
                let inner = view.graph.nodes[maker]
                if isSum(inner), (inner.operation as? any ActivatingOperator)?.ending ?? Ending.none == Ending.none {
                    open.append((maker, sign))
                } else if inner.operation is Conv || inner.operation is BatchNormalization {
                    result.branches.append((maker, sign))
                } else {
                    return nil
                }
                guard result.branches.count <= MergeParallelConvolutions.mostBranches else { return nil }
            }
        }
        return result
    }
}
