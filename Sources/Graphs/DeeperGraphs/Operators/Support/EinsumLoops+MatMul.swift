import DeeperKernels

extension EinsumLoops {
    /// A stack of matrix products with dense operands and results.
    struct Product {
        /// The indices of the operands whose axes are the rows and the columns of the result.
        var left: Int, right: Int
        var m: Int, n: Int, k: Int
        /// The offsets of the first elements of every product's operands.
        var leftOffsets: [Int], rightOffsets: [Int]
        var isLeftTransposed: Bool, isRightTransposed: Bool
    }

    /// The loops as matrix products, if possible: the last axes of the result must belong to only one of two operands,
    /// the axes before them only to the other, and the summed axes to both. All other axes are stacked.
    ///
    /// If the result has more than two axes, the first one is stacked as well: if the batch contributed to the rows of
    /// a product, its size could change the bits.
    func product() -> Product? {
        guard operandCount == 2, !(kept + summed).contains(where: { $0.extent == 0 }) else { return nil }
        let axes = kept.filter { $0.extent > 1 }
        let mostMatrixAxes = kept.count > 2 ? kept.dropFirst().count { $0.extent > 1 } : axes.count
        guard let right = axes.last.flatMap(owner), mostMatrixAxes > 0 else { return nil }
        let left = 1 - right
        let columnAxes = axes.suffix(mostMatrixAxes).reversed().prefix { owner($0) == right }.reversed()
        let rowAxes = axes.dropLast(columnAxes.count).suffix(mostMatrixAxes - columnAxes.count).reversed()
            .prefix { owner($0) == left }.reversed()
        let depthAxes = summed.filter { $0.extent > 1 }.sorted { $0.steps[left] > $1.steps[left] }
        guard depthAxes.allSatisfy({ $0.steps.allSatisfy { $0 != 0 } }),
            let rows = merged(Array(rowAxes), left), let columns = merged(Array(columnAxes), right),
            let leftDepth = merged(depthAxes, left), let rightDepth = merged(depthAxes, right),
            let isLeftTransposed = isTransposed(rows, leftDepth),
            let isRightTransposed = isTransposed(rightDepth, columns),
            max(rows.extent, columns.extent, leftDepth.extent) <= Int32.max
        else { return nil }
        let stack = Array(axes.dropLast(columnAxes.count + rowAxes.count))
        return Product(
            left: left, right: right, m: rows.extent, n: columns.extent, k: leftDepth.extent,
            leftOffsets: offsets(stack, left), rightOffsets: offsets(stack, right),
            isLeftTransposed: isLeftTransposed, isRightTransposed: isRightTransposed)
    }

    /// The operand that an axis belongs to, if there is only one.
    private func owner(_ axis: Axis) -> Int? {
        switch (axis.steps[0] != 0, axis.steps[1] != 0) {
        case (true, false): 0
        case (false, true): 1
        default: nil
        }
    }

    /// Several axes as one, if they are contiguous in the operand.
    private func merged(_ axes: [Axis], _ operand: Int) -> (extent: Int, step: Int)? {
        var result = (extent: 1, step: 1)
        for axis in axes.reversed() {
            if result.extent == 1 {
                result.step = axis.steps[operand]
            } else if axis.steps[operand] != result.step * result.extent {
                return nil
            }
            result.extent *= axis.extent
        }
        return result
    }

    /// Whether a matrix is stored as its transpose; nil if both orders have gaps.
    private func isTransposed(_ rows: (extent: Int, step: Int), _ columns: (extent: Int, step: Int)) -> Bool? {
        func isDense(_ outer: (extent: Int, step: Int), _ inner: (extent: Int, step: Int)) -> Bool {
            (inner.extent == 1 || inner.step == 1) && (outer.extent == 1 || outer.step == inner.extent)
        }
        if isDense(rows, columns) { return false }
        return isDense(columns, rows) ? true : nil
    }

    private func offsets(_ axes: [Axis], _ operand: Int) -> [Int] {
        axes.reduce([0]) { offsets, axis in
            offsets.flatMap { offset in (0..<axis.extent).map { offset + $0 * axis.steps[operand] } }
        }
    }
}
