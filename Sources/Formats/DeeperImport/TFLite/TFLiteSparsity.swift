import DeeperTensors

/// Where the stored elements of a sparse constant belong: axes and blocks of axes one inside the other, each either
/// dense or a list of the indices that occur (`SparsityParameters` of TFLite's schema).
struct TFLiteSparsity {
    /// The axes in the order of storage. Numbers from the rank on are those of the blocks.
    private let order: [Int]
    /// The axis that each block divides.
    private let blockMap: [Int]
    private let levels: [Level]

    private enum Level {
        case dense(Int)
        case sparse(starts: [Int], indices: [Int])
    }

    init(_ table: FlatbufferTable) throws {
        (order, blockMap) = (try table.ints(0), try table.ints(1))
        levels = try table.tables(2).map { level in
            switch try level.byte(0) {
            case 0: .dense(try level.int(1))
            case 1:
                .sparse(
                    starts: try TFLiteSparsity.numbers(level, kind: 2),
                    indices: try TFLiteSparsity.numbers(level, kind: 4))
            case let format: throw DeeperError(.unsupported, "format \(format) of a sparse constant")
            }
        }
        guard levels.count == order.count, order.sorted() == Array(order.indices), blockMap.count <= order.count else {
            throw DeeperError(.invalidModel, "the axes of a sparse constant do not fit together")
        }
    }

    /// A vector of 32, 16 or 8 bits a number.
    private static func numbers(_ table: FlatbufferTable, kind: Int) throws -> [Int] {
        guard let vector = try table.table(kind + 1) else { return [] }
        switch try table.byte(kind) {
        case 1: return try vector.ints(0)
        case 2: return try vector.shorts(0)
        case 3: return try vector.bytes(0)
        case let type: throw DeeperError(.invalidModel, "indices of kind \(type) of a sparse constant")
        }
    }

    /// All elements, those that are not stored being zero.
    ///
    /// - Throws: `invalidModel` if the stored elements are not those of a tensor of this shape.
    func dense(_ stored: [UInt8], _ shape: Shape, _ size: Int) throws -> [UInt8] {
        let rank = shape.rank
        let fault = DeeperError(
            .invalidModel, "the indices of a sparse constant do not fit its \(stored.count) bytes and shape \(shape)")
        guard !shape.isEmpty else {
            guard stored.isEmpty else { throw fault }
            return []
        }
        guard order.count == rank + blockMap.count, blockMap.count <= rank,
            blockMap.allSatisfy({ (0..<rank).contains($0) })
        else { throw fault }
        // The extent of each level, and its distance in the dense tensor, in elements.
        var blocks = [Int](repeating: 1, count: rank)
        var extents = [Int](repeating: 0, count: order.count)
        for (level, axis) in order.enumerated() where axis >= rank {
            guard case .dense(let extent) = levels[level], extent > 0, blocks[blockMap[axis - rank]] == 1 else {
                throw fault
            }
            extents[level] = extent
            blocks[blockMap[axis - rank]] = extent
        }
        for (level, axis) in order.enumerated() where axis < rank {
            guard shape[axis] % blocks[axis] == 0 else { throw fault }
            extents[level] = shape[axis] / blocks[axis]
            if case .dense(let extent) = levels[level], extent != extents[level] { throw fault }
        }
        let strides = order.map { axis in
            axis < rank
                ? shape.rowMajorStrides[axis] * blocks[axis] : shape.rowMajorStrides[blockMap[axis - rank]]
        }
        var walk = Walk(
            levels: levels, extents: extents, strides: strides, stored: stored, size: size,
            result: [UInt8](repeating: 0, count: shape.elementCount * size))
        guard try walk.visit(0, 0, 0), walk.next == stored.count else { throw fault }
        return walk.result
    }

    private struct Walk {
        let levels: [Level]
        let extents: [Int]
        let strides: [Int]
        let stored: [UInt8]
        let size: Int
        var result: [UInt8]
        /// The byte of the next stored element.
        var next = 0

        /// Visits what is stored below an entry of the level above; false if it does not fit.
        mutating func visit(_ level: Int, _ entry: Int, _ place: Int) throws -> Bool {
            guard level < levels.count else {
                guard next + size <= stored.count, (place + 1) * size <= result.count else { return false }
                for byte in 0..<size { result[place * size + byte] = stored[next + byte] }
                next += size
                return true
            }
            switch levels[level] {
            case .dense:
                for index in 0..<extents[level]
                where !(try visit(level + 1, entry * extents[level] + index, place + index * strides[level])) {
                    return false
                }
            case .sparse(let starts, let indices):
                guard entry + 1 < starts.count, starts[entry] >= 0, starts[entry] <= starts[entry + 1],
                    starts[entry + 1] <= indices.count
                else { return false }
                for number in starts[entry]..<starts[entry + 1] {
                    let index = indices[number]
                    guard (0..<extents[level]).contains(index),
                        try visit(level + 1, number, place + index * strides[level])
                    else { return false }
                }
            }
            return true
        }
    }
}
