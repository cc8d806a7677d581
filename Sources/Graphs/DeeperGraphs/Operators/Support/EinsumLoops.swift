import DeeperKernels
import DeeperTensors

/// The loops of an Einsum, and how far each operand moves along every loop.
struct EinsumLoops: Sendable {
    /// An axis of the loops.
    struct Axis: Sendable {
        var extent: Int
        /// For each operand, the distance between neighbours in elements; 0 if the operand does not have the axis or
        /// broadcasts along it.
        var steps: [Int]
    }

    /// The axes of the result.
    private(set) var kept: [Axis]
    /// The axes that are summed over.
    private(set) var summed: [Axis]
    let operandCount: Int

    /// - Throws: `invalidModel` if the shapes do not fit the equation, or an axis has two extents other than 1;
    ///   `limitExceeded` if there are more products than can be counted.
    init(_ equation: EinsumEquation, _ shapes: [Shape]) throws {
        let labels = try equation.labels(ranks: shapes.map(\.rank))
        var axes: [EinsumEquation.Label: Axis] = [:]
        var order: [EinsumEquation.Label] = []
        for (operand, shape) in shapes.enumerated() {
            let strides = shape.rowMajorStrides
            for (axis, label) in labels.operands[operand].enumerated() {
                var known = axes[label] ?? Axis(extent: 1, steps: Array(repeating: 0, count: shapes.count))
                if axes[label] == nil { order.append(label) }
                if shape[axis] != 1 {
                    guard known.extent == 1 || known.extent == shape[axis] else {
                        throw DeeperError(
                            .invalidModel,
                            "operand \(operand) has shape \(shape), but its axis \(axis) was \(known.extent) before")
                    }
                    known.extent = shape[axis]
                    // A letter that occurs twice selects the diagonal.
                    known.steps[operand] &+= strides[axis]
                }
                axes[label] = known
            }
        }
        kept = labels.result.map { axes[$0] ?? Axis(extent: 1, steps: Array(repeating: 0, count: shapes.count)) }
        summed = order.filter { !labels.result.contains($0) }.compactMap { axes[$0] }
        operandCount = shapes.count
        _ = try Shape(validating: (kept + summed).map(\.extent))
    }

    /// The shape of the result.
    var shape: Shape { Shape(kept.map(\.extent)) }

    /// The number of products that are summed.
    var productCount: Int { Shape((kept + summed).map(\.extent)).elementCount }

    /// The operand's steps along some axes.
    func strides(_ operand: Int, along axes: [Axis]) -> [Int] { axes.map { $0.steps[operand] } }
}
