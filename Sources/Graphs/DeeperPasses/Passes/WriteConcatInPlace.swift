import DeeperGraphs
import DeeperTensors

/// Marks Concats of channels whose operands can be made in their places inside the result, so that nothing is copied.
struct WriteConcatInPlace: Pass {
    static let name = "write Concat operands in place"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        var slices: Set<ValueID> = []
        for node in view.graph.nodes {
            guard let concat = node.operation as? Concat, concat.isInPlace else { continue }
            slices.formUnion(node.inputs.compactMap { $0 })
        }
        var result: [Rewrite] = []
        for (index, node) in view.graph.nodes.enumerated() {
            guard var concat = node.operation as? Concat, !concat.isInPlace else { continue }
            let operands = node.inputs.compactMap { $0 }
            guard operands.count > 1, Set(operands).count == operands.count,
                operands.allSatisfy({ view.producer(of: $0) != nil && !slices.contains($0) }),
                let type = view.types?.knownType(node.outputs[0]), type.shape.rank > 2, type.elementType == .float32,
                concat.axis == 1 || concat.axis + type.shape.rank == 1
            else { continue }
            concat.isInPlace = true
            var placed = node
            placed.operation = concat
            var rewrite = Rewrite("make the operands of \(node.name) in place")
            rewrite.exchange(index, for: placed)
            slices.formUnion(operands)
            result.append(rewrite)
        }
        return result
    }
}
