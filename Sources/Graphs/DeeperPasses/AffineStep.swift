import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// A node that computes factor x + addend with constants of its own for every channel: a batch normalisation, or a Mul or Add
/// with a constant.
struct AffineStep {
    /// The index of x among the node's inputs.
    let data: Int
    let factor: [Float]
    let addend: [Float]
    let ending: Ending

    /// - Parameter axis: the axis of the channels.
    /// - Returns: nil for any other node, or if the result of a Mul or Add has another type than x.
    init?(_ node: Node, axis: Int, in view: GraphView) throws {
        if let norm = node.operation as? BatchNormalization {
            guard axis == 1, !norm.usesBatchMoments, let scale = view.constant(node, 1),
                let shift = view.constant(node, 2), let mean = view.constant(node, 3),
                let variance = view.constant(node, 4),
                Set([scale, shift, mean, variance].map(\.shape.elementCount)).count == 1
            else { return nil }
            let affine = try norm.affine(scale: scale, shift: shift, mean: mean, variance: variance)
            (data, factor, addend, ending) = (0, affine.scale, affine.shift, norm.ending)
            return
        }
        let isMul = node.operation is Mul
        guard isMul || node.operation is Add, node.operation.alignsLastAxes,
            let operation = node.operation as? any ActivatingOperator,
            let type = view.types?.knownType(node.outputs[0]), axis < type.shape.rank
        else { return nil }
        for (data, other) in [(0, 1), (1, 0)] {
            guard let tensor = view.constant(node, other), type == view.types?.knownType(node.inputs[data]),
                let values = try perColumn(tensor, axis: axis, of: type.shape)
            else { continue }
            let neutral = [Float](repeating: isMul ? 0 : 1, count: values.count)
            self.data = data
            (factor, addend) = isMul ? (values, neutral) : (neutral, values)
            ending = operation.ending
            return
        }
        return nil
    }

    /// The bias of factor (W x + bias) + addend; nil if a number would not be finite, or if the bias has another
    /// length.
    func bias(after bias: [Float]?) -> [Float]? {
        guard bias == nil || bias?.count == addend.count else { return nil }
        let result = addend.indices.map { (bias?[$0] ?? 0) * factor[$0] + addend[$0] }
        return (factor + result).allSatisfy(\.isFinite) ? result : nil
    }

    /// The weights times the factors of the filters that they belong to; nil if one would not be finite.
    ///
    /// - Parameter filter: gives the filter of a weight, by the weight's index.
    func scaled(_ weights: Tensor, filter: (Int) -> Int) throws -> Tensor? {
        if factor.allSatisfy({ $0 == 1 }) { return weights }
        var values = try weights.elements(as: Float.self)
        for place in values.indices {
            let product = values[place] * factor[filter(place)]
            guard product.isFinite || !values[place].isFinite else { return nil }
            values[place] = product
        }
        return try Tensor(values, shape: weights.shape)
    }
}
