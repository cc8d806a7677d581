import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Folds a batch normalisation of the columns of a matrix product, which treats the rows of all matrices as images,
/// into the product's constant weights: x -> MatMul -> Flatten -> BatchNormalization becomes x -> MatMul -> Flatten.
/// LeViT and related networks normalise every linear layer like this.
struct FoldBatchNormIntoMatMul: Pass {
    static let name = "fold BatchNormalization into MatMul"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        lazy var others = view.typesOfOtherExtents()
        return try view.graph.nodes.indices.compactMap { index in
            let node = view.graph.nodes[index]
            guard node.operation is BatchNormalization, view.soleConsumer(of: node.inputs[0]) == index,
                let position = view.producer(of: node.inputs[0]), case let shaping = view.graph.nodes[position],
                ["Flatten", "Reshape"].contains(shaping.operatorName), let sums = shaping.inputs[0],
                let product = view.producer(of: sums), case let matmul = view.graph.nodes[product],
                var operation = matmul.operation as? MatMul, operation.ending == .none, !operation.addsBias,
                isReadOnce(sums, by: position, in: view), let weights = view.constant(matmul, 1),
                weights.elementType == .float32, weights.shape.rank == 2, case let columns = weights.shape[1],
                areRows(sums, shaping.outputs[0], view.types, columns),
                areRows(sums, shaping.outputs[0], others, columns),
                let affine = try AffineStep(node, axis: 1, in: view), affine.factor.count == columns,
                let bias = affine.bias(after: nil),
                let folded = try affine.scaled(weights, filter: { $0 % columns })
            else { return nil }
            var rewrite = Rewrite("fold \(node.name) into \(matmul.name)", removed: [index])
            (operation.addsBias, operation.ending) = (true, affine.ending)
            var (scaled, reshaped) = (matmul, shaping)
            scaled.operation = operation
            scaled.inputs = [
                matmul.inputs[0],
                rewrite.constant("\(matmul.name)/folded_weights", folded, in: view),
                rewrite.constant("\(matmul.name)/folded_bias", try Tensor(bias, shape: [bias.count]), in: view),
            ]
            reshaped.outputs = node.outputs
            rewrite.exchange(product, for: scaled)
            rewrite.exchange(position, for: reshaped)
            return rewrite
        }
    }

    /// Whether no other node reads the elements of a value; Shape nodes may read its shape.
    private func isReadOnce(_ value: ValueID, by reader: Int, in view: GraphView) -> Bool {
        !view.isOutput(value)
            && view.consumers(of: value).allSatisfy { $0 == reader || view.graph.nodes[$0].operatorName == "Shape" }
    }

    /// Whether a value with more than two axes is reshaped to the matrix of its rows.
    private func areRows(_ value: ValueID, _ matrix: ValueID?, _ types: InferredTypes?, _ columns: Int) -> Bool {
        guard let type = types?.knownType(value), let rows = types?.knownType(matrix) else { return false }
        return type.shape.rank > 2 && type.shape.dimensions.last == columns && rows.shape.rank == 2
            && rows.shape[1] == columns
    }
}
