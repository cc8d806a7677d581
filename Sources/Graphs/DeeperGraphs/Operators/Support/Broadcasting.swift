import DeeperKernels
public import DeeperTensors

/// The common shape of operands under NumPy's rules.
///
/// - Throws: `invalidModel` if two extents differ and neither is 1.
public func broadcastShape(_ shapes: [Shape]) throws -> Shape {
    let rank = shapes.map(\.rank).max() ?? 0
    var result = [Int](repeating: 1, count: rank)
    for shape in shapes {
        for axis in 0..<shape.rank {
            let at = rank - shape.rank + axis
            if shape[axis] == 1 || shape[axis] == result[at] { continue }
            guard result[at] == 1 else {
                throw DeeperError(
                    .invalidModel, "shapes \(shapes.map(\.description).joined(separator: " and ")) do not broadcast")
            }
            result[at] = shape[axis]
        }
    }
    return try Shape(validating: result)
}

extension TensorDescriptor {
    /// The operand's strides along the axes of a broadcast result; 0 where the operand repeats.
    func strides(broadcastTo shape: Shape) -> [Int] {
        let own = strides
        let missing = shape.rank - self.shape.rank
        return (0..<shape.rank).map { axis in
            axis < missing || self.shape[axis - missing] == 1 ? 0 : own[axis - missing]
        }
    }
}

extension LoopNest {
    /// The loops over an output and its broadcast inputs, in the order of the output's memory.
    ///
    /// - Throws: `unsupported` beyond ``LoopNest/maximumRank`` axes.
    static func broadcasting(_ inputs: [TensorDescriptor], to output: TensorDescriptor) throws -> LoopNest {
        let strides = inputs.map { $0.strides(broadcastTo: output.shape) } + [output.strides]
        return try make(
            extents: output.shape.dimensions, strides: strides,
            order: output.layout.physicalAxes(rank: output.shape.rank))
    }

    static func make(extents: [Int], strides: [[Int]], order: [Int]? = nil) throws -> LoopNest {
        guard let nest = LoopNest(extents: extents, strides: strides, order: order) else {
            throw DeeperError(.unsupported, "more than \(LoopNest.maximumRank) axes that cannot be merged")
        }
        return nest
    }
}
